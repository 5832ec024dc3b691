/** `sipwright torture`: sends what is odd, broken or hostile, and says whether each message got what it is owed. */

import type { Target } from '../apps/sip/sip.js'
import { type Command, exitCodes, expectWords, readArguments, UsageError } from './command.js'
import { dialled, dialling, diallingHelp, diallingUsage } from './dialler.js'
import { LoadMessages } from './load-messages.js'
import { ProvenText } from './proven-text.js'
import { messagesBy, openLine, placeBehind, type RawLine, refuseRemote } from './raw-line.js'
import { withFrom } from './repair.js'
import { type Owed, type TortureCase, tortureSet } from './torture-set.js'

export const command: Command = {
  name: 'torture',
  summary: 'send odd, broken and hostile messages, and judge the answers',
  usage: `torture URI [--only WORD] [--allow-remote] ${diallingUsage}`,
  help: `URI                   whom to torture, such as sip:anyone@127.0.0.1:5060
--only WORD           send only those that have this in their titles, such as "RFC 5118"
--allow-remote        torture another machine than this one: ask its owner before
--timeout TIME        how long to wait for each answer (1s)
${diallingHelp}
--json                print one JSON object per message

Each message is followed by an OPTIONS which has to be answered. What is owed is a status; "served", any answer but 400 and
5xx; "ignored", no answer; or "survives", whatever, if only the OPTIONS is answered. Over UDP no more is owed for a message
whose Via sends answers elsewhere.
Ends with 0 when each message got what it is owed, else with 1.`,
  run,
}

/** ms to wait for an answer unless told otherwise. */
const PATIENCE = 1000
/** ms for the OPTIONS afterwards. */
const ALIVE = 5000

/** The status of a final response; a stream may be closed instead. */
type Answer = number | 'nothing' | 'closed'

type Verdict = 'ok' | 'wrong' | 'dead'

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    only: { type: 'string' },
    'allow-remote': { type: 'boolean' },
    ...dialling,
  })
  const [text = ''] = expectWords(positionals, 'URI')
  const { uri, who, timeout } = dialled(text, values, PATIENCE)
  const { only = '' } = values
  const cases = tortureSet.filter(({ title }) => title.includes(only))
  if (cases.length === 0) throw new UsageError(`no title has "${only}" in it; "RFC 5118" and "Via" are in some`)
  const target = await placeBehind(uri, timeout)
  refuseRemote(target, values['allow-remote'])
  const counts: Record<Verdict, number> = { ok: 0, wrong: 0, dead: 0 }
  const isAlive = async (): Promise<boolean> =>
    typeof (await exchanged(target, line => new LoadMessages(String(uri), who, line).first('OPTIONS', 1), ALIVE)) ===
    'number'
  if (!(await isAlive())) {
    console.error(`sipwright torture: ${text} does not answer an OPTIONS as it is`)
    return exitCodes.negative
  }
  for (const [at, each] of cases.entries()) {
    const owed = owedOver(target, each)
    const patience = owed.includes('survives') ? Math.min(timeout, 50) : timeout
    const own = dressed(each.text, target, at)
    const message = who.from === undefined ? own : withFrom(own, who.from)
    const answer = await exchanged(target, () => new ProvenText(message, who.auth), patience)
    const verdict = (await isAlive()) ? verdictOn(owed, answer) : 'dead'
    counts[verdict]++
    const { title } = each
    const complaint = verdict === 'wrong' ? `: owed is ${owed.join(' or ')}` : ''
    if (values.json) console.log(JSON.stringify({ title, owed, answer, verdict }))
    else console.log(`${verdict.padEnd(5)}  ${String(answer).padEnd(7)}  ${title}${complaint}`)
    if (verdict === 'dead') break
  }
  const end = counts.dead > 0 ? ', and it does not answer any more' : ''
  if (!values.json) console.log(`\n${counts.ok} ok, ${counts.wrong} wrong${end}`)
  return counts.wrong + counts.dead === 0 && counts.ok > 0 ? exitCodes.ok : exitCodes.negative
}

/** Whether an answer is one of those that are owed. */
export function verdictOn(owed: readonly Owed[], answer: Answer): 'ok' | 'wrong' {
  return owed.some(each => isWhat(each, answer)) ? 'ok' : 'wrong'
}

function isWhat(owed: Owed, answer: Answer): boolean {
  switch (owed) {
    case 'served':
      return typeof answer === 'number' && answer !== 400 && (answer < 500 || answer >= 600)
    case 'ignored':
      return typeof answer !== 'number'
    case 'survives':
      return true
    default:
      return answer === owed
  }
}

/** Over UDP an answer comes back to us only where the Via asks for that; over a stream no message ends before its end. */
function owedOver({ transport }: Target, { text, owed }: TortureCase): readonly Owed[] {
  const isDatagram = transport === 'UDP'
  const comesBack = isDatagram ? text.includes(';rport') : !text.includes('Content-Length: 9999')
  return comesBack || owed.includes('ignored') ? owed : ['survives']
}

/** A request of its own, from us, that leads nowhere else. */
function dressed(text: string, { transport, address }: Target, at: number): string {
  const host = address.includes(':') ? `[${address}]` : address
  const mark = `${process.pid.toString(36)}${at}`
  return text
    .replaceAll(/example\.(?:org|com|net)/g, host)
    .replace('SIP/2.0/UDP', `SIP/2.0/${transport}`)
    .replace('z9hG4bKabc', `z9hG4bK${mark}`)
    .replace('Call-ID: c1@', `Call-ID: ${mark}@`)
}

/** Sends on a line of its own, and waits for a final response that is no challenge, or one that we cannot answer. */
async function exchanged(target: Target, asked: (line: RawLine) => ProvenText, patience: number): Promise<Answer> {
  const line = await openLine(target, patience).catch(() => undefined)
  if (line === undefined) return 'nothing'
  const answer = await new Promise<Answer>(resolve => {
    const request = asked(line)
    const cut = messagesBy(target)
    const late = setTimeout(() => resolve('nothing'), patience)
    const heard = (message: string): void => {
      const answers = request.answersTo(message)
      if (answers !== undefined) return answers.forEach(line.send)
      const status = /^SIP\/2\.0 ([2-6]\d\d) /.exec(message)?.[1]
      if (status === undefined) return
      clearTimeout(late)
      resolve(Number(status))
    }
    line.hear({
      received: chunk => cut(chunk).forEach(heard),
      closed: () => {
        clearTimeout(late)
        resolve('closed')
      },
    })
    line.send(request.text)
  })
  line.close()
  return answer
}
