/** `sipwright load`: how many calls or requests a second somebody can take, and how quickly they are answered. */

import {
  type Command,
  exitCodes,
  expectWords,
  milliseconds,
  readArguments,
  UnreachableError,
  UsageError,
  wholeNumber,
} from './command.js'
import { dialled, dialling, diallingHelp, diallingUsage } from './dialler.js'
import { mended } from './end.js'
import { signalled } from './foreground.js'
import { driven, type LoadPlan } from './load-drive.js'
import { LoadMessages } from './load-messages.js'
import { loadData, loadReport } from './load-report.js'
import { LONGEST, LoadRun } from './load-run.js'
import { openLine, placeBehind, refuseRemote } from './raw-line.js'

export const command: Command = {
  name: 'load',
  summary: 'place many calls, or send many OPTIONS, and say how they were answered',
  usage:
    'load URI [--method OPTIONS|INVITE] [--rate N [--ramp TIME] | --window N] [--count N] [--duration TIME] ' +
    `[--allow-remote] ${diallingUsage}`,
  help: `URI                   whom to ask, such as sip:anyone@127.0.0.1:5060
--method METHOD       OPTIONS, or INVITE for calls: INVITE, 200, ACK, BYE (OPTIONS)
--rate N              how many to begin a second, whatever becomes of the ones before
--ramp TIME           how long it takes to come to the rate, so that a cold server can warm up (0)
--window N            how many may go on at a time (10, with --rate 10000); without --rate each end begins another
--count N             end after so many
--duration TIME       begin none after that (10s, unless --count is given)
--timeout TIME        how long to wait for each answer (10s)
${diallingHelp}
--allow-remote        load another machine than this one: ask its owner before
--json                print one JSON object at the end

On a terminal a line shows how it goes; Ctrl-C begins none any more and waits for the rest.
Ends with 0 when all went well, with 1 when any failed or nobody was there.`,
  run,
}

/** ms to wait for an answer unless told otherwise. */
const PATIENCE = 10_000
const DURATION = 10_000

const options = {
  method: { type: 'string' },
  rate: { type: 'string' },
  ramp: { type: 'string' },
  window: { type: 'string' },
  count: { type: 'string' },
  duration: { type: 'string' },
  'allow-remote': { type: 'boolean' },
  ...dialling,
} as const

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, options)
  const [text = ''] = expectWords(positionals, 'URI')
  const { uri, who, timeout } = dialled(text, values, PATIENCE)
  if (timeout > LONGEST) throw new UsageError(`--timeout is ${LONGEST / 1000}s at most here`)
  const { method = 'OPTIONS', rate, ramp, window, count, duration } = values
  if (method !== 'OPTIONS' && method !== 'INVITE') {
    throw new UsageError(`--method is OPTIONS or INVITE, not "${method}"`)
  }
  const plan = planOf({ rate, ramp, window, count, duration })
  const target = await placeBehind(uri, timeout)
  refuseRemote(target, values['allow-remote'])
  const line = await openLine(target, timeout).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UnreachableError(`${reason}${mended(reason)}`)
  })
  const messages = new LoadMessages(String(uri), who, line)
  const load = new LoadRun({ method, timeout, isReliable: target.transport !== 'UDP' }, messages, each =>
    line.send(each),
  )
  const unit = method === 'INVITE' ? 'calls' : 'requests'
  const live = process.stderr.isTTY === true && !values.json ? liveLine(unit) : undefined
  const figures = await driven(load, plan, { line, unit, stop: signalled(), live })
  line.close()
  if (live !== undefined) process.stderr.write(CLEAR)
  console.log(values.json ? JSON.stringify({ uri: text, method, ...loadData(figures) }) : loadReport(figures))
  return load.failed === 0 && load.done === load.started && load.done > 0 ? exitCodes.ok : exitCodes.negative
}

function planOf({
  rate,
  ramp,
  window,
  count,
  duration,
}: Readonly<Record<keyof LoadPlan, string | undefined>>): LoadPlan {
  const perSecond = wholeNumber('--rate', rate, [1, 100_000])
  if (ramp !== undefined && rate === undefined) throw new UsageError('--ramp goes with --rate')
  const most = wholeNumber('--count', count, [1, 100_000_000])
  return {
    rate: perSecond,
    ramp: milliseconds('--ramp', ramp, [0, 600_000]) ?? 0,
    window: wholeNumber('--window', window, [1, 100_000]) ?? (perSecond === undefined ? 10 : 10_000),
    count: most ?? Number.POSITIVE_INFINITY,
    duration:
      milliseconds('--duration', duration, [1, 86_400_000]) ??
      (most === undefined ? DURATION : Number.POSITIVE_INFINITY),
  }
}

/** To the beginning of the line, which is empty then. */
const CLEAR = '\r\u001b[K'

/** Drawn anew each second. */
function liveLine(unit: string): (run: LoadRun, seconds: number) => void {
  let before = 0
  return ({ started, done, failed, outstanding, retransmissions }, seconds) => {
    const rate = `${done - before} ${unit}/s`
    before = done
    const text = `${seconds} s  ${rate}  begun ${started}  done ${done}  failed ${failed}  under way ${outstanding}  sent again ${retransmissions}`
    process.stderr.write(`${CLEAR}${text}`)
  }
}
