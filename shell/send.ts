/** `sipwright send`: sends what a file holds, octet for octet, and shows what comes back. */

import { setTimeout as sleep } from 'node:timers/promises'
import { printable } from '../apps/sip/sip.js'
import { type Command, exitCodes, expectWords, readArguments } from './command.js'
import { dialled, dialling, diallingUsage, PASSWORD, transportNames } from './dialler.js'
import { readOctets } from './octets.js'
import { ProvenText } from './proven-text.js'
import { messagesBy, openLine, placeBehind } from './raw-line.js'
import { repaired, withFrom } from './repair.js'

export const command: Command = {
  name: 'send',
  summary: 'send the message in a file as it is, and show what comes back',
  usage: `send FILE|- URI [--fix] ${diallingUsage}`,
  help: `FILE                  what to send; - reads it from standard input
URI                   where to send it, such as sip:127.0.0.1:5060
--fix                 before it leaves: CR LF at the ends of lines, the Content-Length that is true, and the topmost Via ours
--timeout TIME        how long to wait for what comes back (2s)
--auth USER:PASSWORD  answer a challenge: the request is sent again with these credentials in the place of its own, the
                      next CSeq and another branch; with USER alone the password is ${PASSWORD} in the environment
--from URI            put this into its From
--transport NAME      ${transportNames}, whatever the URI says
--json                print one JSON object per message

Else nothing is changed, so the Via in the file decides where answers go: one with ;rport gets them back over UDP.
Ends with 0 when something came back, 1 when nothing did.`,
  run,
}

/** ms to wait for what comes back unless told otherwise. */
const PATIENCE = 2000

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    fix: { type: 'boolean' },
    ...dialling,
  })
  const [file = '', to = ''] = expectWords(positionals, 'FILE', 'URI')
  const { uri, who, timeout } = dialled(to, values, PATIENCE)
  const text = values.from === undefined ? readOctets(file) : withFrom(readOctets(file), values.from)
  const target = await placeBehind(uri, timeout)
  const tell = teller(values.json === true)
  let answers = 0
  const ended = new AbortController()
  const line = await openLine(target, timeout).catch((error: unknown) => {
    tell('closed', error instanceof Error ? error.message : String(error), '')
  })
  if (line === undefined) return exitCodes.negative
  const cut = messagesBy(target)
  const request = new ProvenText(values.fix ? repaired(text, line) : text, who.auth)
  const send = (octets: string): void => {
    line.send(octets)
    tell('sent', `${target.transport} ${target.address} port ${target.port}`, octets)
  }
  line.hear({
    received: (heard, from) => {
      answers++
      tell('received', from, heard)
      for (const message of cut(heard)) request.answersTo(message)?.forEach(send)
    },
    closed: why => {
      tell('closed', why, '')
      ended.abort()
    },
  })
  send(request.text)
  await sleep(timeout, undefined, { signal: ended.signal }).catch(() => undefined)
  line.close()
  if (answers > 0) return exitCodes.ok
  const mend = values.fix ? '' : ': answers go where its Via says, and with --fix that is here'
  if (!ended.signal.aborted) console.error(`sipwright send: nothing came back within ${timeout} ms${mend}`)
  return exitCodes.negative
}

type Tell = (event: 'sent' | 'received' | 'closed', place: string, text: string) => void

function teller(json: boolean): Tell {
  const started = performance.now()
  const arrows = { sent: '>>> to', received: '<<< from', closed: '---' }
  return (event, place, text) => {
    const ms = Math.round(performance.now() - started)
    if (json) return console.log(JSON.stringify({ ms, event, place: printable(place), text }))
    const size = event === 'closed' ? '' : `, ${text.length} octets`
    console.log(`${arrows[event]} ${printable(place)}${size}, at ${ms} ms`)
    if (text !== '') console.log(`${text.split(/\r?\n/).map(printable).join('\n').trimEnd()}\n`)
  }
}
