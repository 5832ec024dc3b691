/** `sipwright ping`: asks with OPTIONS whether somebody is there (§11). */

import { setTimeout as sleep } from 'node:timers/promises'
import type { RequestOptions, SipStack, Uri } from '../apps/sip/sip.js'
import { type Command, exitCodes, expectWords, readArguments, wholeNumber } from './command.js'
import { dialled, dialler, dialling, diallingHelp, diallingUsage } from './dialler.js'
import { type End, endOf } from './end.js'

/** ms between two pings. */
const INTERVAL = 1000

interface Pong extends End {
  /** Round trip. */
  readonly ms: number
}

export const command: Command = {
  name: 'ping',
  summary: 'ask with OPTIONS whether somebody is there',
  usage: `ping URI [--count N] [--timeout MS] ${diallingUsage} [--json]`,
  help: `URI                   whom to ask, such as sip:127.0.0.1:5060
--count N             how often, once a second (1)
--timeout MS          how long to wait for each answer (5000)
${diallingHelp}
--json                print one JSON object

Ends with 0 when any final response came, 1 when none did.`,
  run,
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    count: { type: 'string' },
    timeout: { type: 'string' },
    ...dialling,
    json: { type: 'boolean' },
  })
  const [text = ''] = expectWords(positionals, 'URI')
  const { uri, who } = dialled(text, values)
  const count = wholeNumber('--count', values.count, [1, 100_000]) ?? 1
  const timeout = wholeNumber('--timeout', values.timeout, [1, 600_000]) ?? 5000
  const stack = await dialler(uri)
  const results: Pong[] = []
  try {
    for (let sent = 0; sent < count; sent++) {
      if (sent > 0) await sleep(INTERVAL)
      const pong = await ping(stack, uri, who, timeout)
      results.push(pong)
      if (!values.json) console.log(lineOf(pong, text))
    }
  } finally {
    await stack.close()
  }
  const times = results.filter(({ status }) => status !== undefined).map(({ ms }) => ms)
  const answered = times.length
  if (values.json) console.log(JSON.stringify({ uri: text, sent: count, answered, results }))
  else if (count > 1) console.log(`${count} sent, ${answered} answered${answered > 0 ? `, ${spread(times)}` : ''}`)
  return answered > 0 ? exitCodes.ok : exitCodes.negative
}

async function ping(stack: SipStack, uri: Uri, who: RequestOptions, timeout: number): Promise<Pong> {
  const started = performance.now()
  const end = await endOf(stack.request('OPTIONS', uri, who), timeout)
  return { ...end, ms: Math.round((performance.now() - started) * 10) / 10 }
}

function lineOf({ status, text, ms }: Pong, uri: string): string {
  return status === undefined ? `${uri}: ${text}` : `${text} from ${uri} in ${ms} ms`
}

function spread(times: readonly number[]): string {
  const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length
  return `least ${Math.min(...times)} ms, mean ${mean.toFixed(1)} ms, most ${Math.max(...times)} ms`
}
