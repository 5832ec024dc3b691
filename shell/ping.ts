/** `sipwright ping`: asks with OPTIONS whether somebody is there (§11). */

import { setTimeout as sleep } from 'node:timers/promises'
import type { RequestOptions, SipStack, Uri } from '../apps/sip/sip.js'
import {
  type Command,
  exitCodes,
  expectWords,
  milliseconds,
  readArguments,
  UsageError,
  wholeNumber,
} from './command.js'
import { dialled, dialler, dialling, diallingHelp, diallingUsage } from './dialler.js'
import { type End, endOf } from './end.js'
import { nagiosVerdict, unknownUnlessTold } from './nagios.js'

/** ms between two pings. */
const INTERVAL = 1000

interface Pong extends End {
  /** Round trip. */
  readonly ms: number
}

export const command: Command = {
  name: 'ping',
  summary: 'ask with OPTIONS whether somebody is there',
  usage: `ping URI [--count N] ${diallingUsage} [--nagios [--warning TIME] [--critical TIME]]`,
  help: `URI                   whom to ask, such as sip:127.0.0.1:5060
--count N             how often, once a second (1)
--timeout TIME        how long to wait for each answer (5s)
${diallingHelp}
--json                print one JSON object
--nagios              print one line, and end with a code, as Nagios and its kind want it
--warning TIME        with --nagios: a mean above that is a warning
--critical TIME       with --nagios: a mean above that is critical

Ends with 0 when any final response came, 1 when none did; with --nagios 0 is ok, 1 a warning (slow, or some pings lost),
2 critical (no answer, a 5xx or 6xx, too slow) and 3 that it cannot be told.`,
  run: args => (args.includes('--nagios') ? unknownUnlessTold(() => run(args)) : run(args)),
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    count: { type: 'string' },
    ...dialling,
    nagios: { type: 'boolean' },
    warning: { type: 'string' },
    critical: { type: 'string' },
  })
  if (!values.nagios && (values.warning ?? values.critical) !== undefined) {
    throw new UsageError('--warning and --critical go with --nagios')
  }
  const [text = ''] = expectWords(positionals, 'URI')
  const { uri, who, timeout } = dialled(text, values)
  const count = wholeNumber('--count', values.count, [1, 100_000]) ?? 1
  const limits = {
    warning: milliseconds('--warning', values.warning, [1, 600_000]),
    critical: milliseconds('--critical', values.critical, [1, 600_000]),
  }
  const stack = await dialler(uri, timeout)
  const results: Pong[] = []
  try {
    for (let sent = 0; sent < count; sent++) {
      if (sent > 0) await sleep(INTERVAL)
      const pong = await ping(stack, uri, who, timeout)
      results.push(pong)
      if (!values.json && !values.nagios) console.log(lineOf(pong, text))
    }
  } finally {
    await stack.close()
  }
  if (values.nagios) {
    const { line, code } = nagiosVerdict(results, limits)
    console.log(line)
    return code
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
