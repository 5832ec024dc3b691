/** What the trace of a server has recorded: which calls there were, one of them as a ladder or as a file. */

import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { recordedScenario } from '../apps/scenario/scenario.js'
import type { SipStack, Trace } from '../apps/sip/sip.js'
import { expectWords, readArguments, UsageError, wholeNumber } from './command.js'
import { display } from './display.js'
import { writeOctets } from './octets.js'
import type { TraceSelection } from './trace-lines.js'
import { Refusal, type Session, type Word } from './word.js'

/** Calls that are listed unless told otherwise. */
const LISTED = 20
/** ms between two looks at a call that goes on. */
const LOOK = 100

export const calls: Word = {
  name: 'calls',
  takes: '[--most N]',
  what: 'the latest Call-IDs, and what they were about',
  run(args, { server: { stack } }) {
    const { values, positionals } = readArguments(args, { most: { type: 'string' } })
    expectWords(positionals)
    return traceOf(stack).calls(wholeNumber('--most', values.most, [1, 100_000]) ?? LISTED)
  },
}

export const ladder: Word = {
  name: 'ladder',
  takes: '[CALL-ID] [--follow]',
  what: 'the messages of a call, of the latest one without a Call-ID; --follow draws it anew as it goes',
  next: latestCallIds,
  async run(args, session) {
    const { values, positionals } = readArguments(args, { follow: { type: 'boolean' } })
    const trace = traceOf(session.server.stack)
    if (values.follow && positionals.length === 0 && trace.calls(1).length === 0) await firstCall(trace, session)
    const callId = callIdIn(positionals, trace)
    if (values.follow) return follow(trace, callId, session)
    return known(callId, trace.ladder(callId))
  },
}

export const exporting: Word = {
  name: 'export',
  takes: '[CALL-ID] --pcap | --spec | --mermaid [--to FILE]',
  what: 'a call for Wireshark or sngrep, as a scenario that plays it again, or as a diagram; the latest without a Call-ID',
  next: () => ['--pcap', '--spec', '--mermaid', '--to'],
  run(args, { server: { stack } }) {
    const { values, positionals } = readArguments(args, {
      pcap: { type: 'boolean' },
      spec: { type: 'boolean' },
      mermaid: { type: 'boolean' },
      to: { type: 'string' },
    })
    const { pcap, spec, mermaid, to } = values
    if ([pcap, spec, mermaid].filter(Boolean).length !== 1) throw new UsageError('as what? --pcap, --spec or --mermaid')
    const trace = traceOf(stack)
    const callId = callIdIn(positionals, trace)
    known(callId, trace.ladder(callId))
    const text = pcap
      ? trace.pcap({ callId })
      : mermaid
        ? trace.mermaid(callId)
        : recordedScenario(trace.entries({ callId }), callId)
    if (text === undefined) throw new Refusal(`the beginning of ${callId} is not known any more`)
    if (to === undefined) return text
    writeOctets(to, text)
    return `written to ${resolve(to)}`
  },
}

export const tracing: Word = {
  name: 'trace',
  takes: 'on | off [--call-id ID] [--method NAME] [--address IP]',
  what: 'prints each message as it passes, or no more; typed as a command, where the server prints',
  next: () => ['on', 'off'],
  run(args, { tracing: lines, server: { stack } }) {
    const { values, positionals } = readArguments(args, {
      'call-id': { type: 'string' },
      method: { type: 'string' },
      address: { type: 'string' },
    })
    const [word] = expectWords(positionals, 'on or off')
    if (word === 'off') return lines.off()
    if (word !== 'on') throw new UsageError(`trace on, or trace off, not ${word}`)
    const { 'call-id': callId, method, address } = values
    traceOf(stack)
    const selection: TraceSelection = {
      ...(callId === undefined ? {} : { callId }),
      ...(method === undefined ? {} : { method: method.toUpperCase() }),
      ...(address === undefined ? {} : { address }),
    }
    lines.on(selection)
    return undefined
  },
}

export function traceOf({ trace }: SipStack): Trace {
  if (trace === undefined) throw new Refusal('this stack was started without a trace')
  return trace
}

/** The one that is named, else the latest. */
export function callIdIn(words: readonly string[], trace: Trace): string {
  const [callId, extra] = words
  if (extra !== undefined) throw new UsageError(`"${extra}" is one word too many`)
  const latest = callId ?? trace.calls(1)[0]?.callId
  if (latest === undefined) throw new Refusal('nothing is known of any call')
  return latest
}

function known<T>(callId: string, drawn: T | undefined): T {
  if (drawn === undefined) throw new Refusal(`nothing is known of ${callId}`)
  return drawn
}

function latestCallIds({ server: { stack } }: Session): readonly string[] {
  return stack.trace?.calls(LISTED).map(({ callId }) => callId) ?? []
}

/** Until there is one, or whoever waits has had enough. */
async function firstCall(trace: Trace, { print, enough }: Session): Promise<void> {
  print('there was no call yet: waiting for the first')
  const ended = new AbortController()
  void enough().then(() => ended.abort())
  while (trace.calls(1).length === 0 && !ended.signal.aborted) await sleep(LOOK)
}

/** Until whoever looks has had enough. What does not fit on the screen is cut above. */
async function follow(trace: Trace, callId: string, { screen, enough }: Session): Promise<undefined> {
  if (screen === undefined) throw new UsageError('--follow needs a terminal')
  known(callId, trace.ladder(callId))
  let drawn = ''
  let height = 0
  const draw = (): void => {
    const now = display(trace.ladder(callId) ?? '', false)
    if (now === drawn) return
    const lines = now
      .split('\n')
      .slice(-(screen.rows - 1))
      .map(line => line.slice(0, screen.columns - 1))
    screen.write(`${height > 0 ? `\x1b[${height}A` : ''}\r\x1b[J${lines.join('\r\n')}\r\n`)
    drawn = now
    height = lines.length
  }
  draw()
  const timer = setInterval(draw, LOOK)
  await enough()
  clearInterval(timer)
  draw()
}
