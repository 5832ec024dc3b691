/** `sipwright traceroute`: which elements a request passes, by Max-Forwards (§16.3, §20.22). */

import { printable, type RequestOptions, type Response, type SipStack, type Uri } from '../apps/sip/sip.js'
import { type Command, exitCodes, expectWords, readArguments, wholeNumber } from './command.js'
import { dialled, dialler, dialling, diallingHelp, diallingUsage } from './dialler.js'
import { type End, endOf } from './end.js'

/** Elements unless told otherwise; 70 is where a request starts from (§8.1.1.6). */
const HOPS = 30
const MOST_HOPS = 70

/** That many in a row which say nothing, and nobody will. */
const SILENT = 3

/** §21.4.21. */
const TOO_MANY_HOPS = 483

interface Hop extends End {
  /** From 1; its request had a Max-Forwards of one less. */
  readonly hop: number
  /** Round trip. */
  readonly ms: number
  /** How who answered calls itself, as far as it does. */
  readonly who?: string
}

export const command: Command = {
  name: 'traceroute',
  summary: 'show the proxies on the way to somebody, by Max-Forwards',
  usage: `traceroute URI [--max-hops N] ${diallingUsage}`,
  help: `URI                   whom to reach, such as sip:bob@127.0.0.1:5060
--max-hops N          how many elements at most (${HOPS})
--timeout TIME        how long to wait for each answer (5s)
${diallingHelp}
--json                print one JSON object per element

Sends OPTIONS with a Max-Forwards of 0, 1, 2 and so on; each element on the way answers one of them with 483, and who
answers otherwise is taken for the end of the way, be it a proxy that answers OPTIONS itself (§16.3). Answers come back
through all elements before: who one is can be told only by what it says of itself in Warning, Server or Contact.
Gives up after ${SILENT} elements that say nothing. Ends with 0 when the end was found, else with 1.`,
  run,
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { 'max-hops': { type: 'string' }, ...dialling })
  const [text = ''] = expectWords(positionals, 'URI')
  const { uri, who, timeout } = dialled(text, values)
  const most = wholeNumber('--max-hops', values['max-hops'], [1, MOST_HOPS]) ?? HOPS
  const stack = await dialler(uri, timeout)
  let silent = 0
  try {
    for (let hop = 1; hop <= most && silent < SILENT; hop++) {
      const answer = await probe(stack, { uri, who, timeout, hop })
      console.log(values.json ? JSON.stringify(answer) : lineOf(answer))
      if (answer.status !== undefined && answer.status !== TOO_MANY_HOPS) return exitCodes.ok
      silent = answer.status === undefined ? silent + 1 : 0
    }
  } finally {
    await stack.close()
  }
  const why = silent === SILENT ? 'nobody answers any more' : `not at its end after ${most} elements: a loop, perhaps`
  console.error(`sipwright traceroute: ${why}`)
  return exitCodes.negative
}

interface Probe {
  readonly uri: Uri
  readonly who: RequestOptions
  readonly timeout: number
  readonly hop: number
}

async function probe(stack: SipStack, { uri, who, timeout, hop }: Probe): Promise<Hop> {
  const started = performance.now()
  const request = stack.createRequest('OPTIONS', uri, who).with({ headers: { 'Max-Forwards': hop - 1 } })
  const asked = stack.request('OPTIONS', request, who)
  const end = await endOf(asked, timeout)
  const ms = Math.round((performance.now() - started) * 10) / 10
  if (end.status === undefined) return { hop, ...end, ms }
  const outcome = await asked
  const name = 'response' in outcome ? nameOf(outcome.response) : undefined
  return name === undefined ? { hop, ...end, ms } : { hop, ...end, ms, who: name }
}

/** The agent of a Warning is the element itself (§20.43); Server and Contact may say less. */
function nameOf(response: Response): string | undefined {
  const [warning] = response.raw('Warning')
  const agent = warning?.trim().split(/\s+/)[1]
  const said = [agent, response.raw('Server')[0] ?? response.raw('User-Agent')[0], response.raw('Contact')[0]]
  const names = said.flatMap(name => (name === undefined || name === '' ? [] : [printable(name)]))
  return names.length === 0 ? undefined : names.join(', ')
}

function lineOf({ hop, status, text, ms, who = 'somebody who does not say a name' }: Hop): string {
  const number = String(hop).padStart(2)
  return status === undefined ? `${number}  * ${text}` : `${number}  ${text} from ${who} in ${ms} ms`
}
