/** SIPp, driven without a terminal and judged by its statistics file, never by its screen. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { run } from './program.js'

export interface SippResult {
  readonly successful: number
  readonly failed: number
  readonly retransmissions: number
  /** Seconds that a call took, and from `start_rtd="ring"` to `rtd="ring"` of its scenario: the means of all. */
  readonly duration: number
  readonly ringing: number
  /** It did not get the processor for half a second, as its own watchdog notes, or nobody did. */
  readonly isStarved: boolean
  /** Exit code and, where there are any, the errors SIPp wrote: for the message of a failed assertion. */
  readonly story: string
}

export interface SippOrders {
  /** `-sn NAME` for a built-in scenario, or `-sf` with `scenario(...)`; and whatever else this run needs. */
  readonly args: readonly string[]
  readonly calls: number
  /** In seconds; SIPp ends itself then, and is killed a little later. */
  readonly within: number
  /** Its own; 127.0.0.1 unless given. */
  readonly address?: string
}

/** ns that the machine may stand still before messages are repeated (Timer A, T1). */
const STANDSTILL = 400e6

/** SIPp as the caller. A run in which it was starved says nothing about us, and is made again, twice at most. */
export async function callWithSipp(orders: SippOrders): Promise<SippResult> {
  let result = await runSipp(orders)
  for (let again = 0; again < 2 && result.isStarved; again++) result = await runSipp(orders)
  return result
}

/** One run of SIPp, as caller or as called. */
export async function runSipp({ args, calls, within, address = '127.0.0.1' }: SippOrders): Promise<SippResult> {
  const folder = await mkdtemp(join(tmpdir(), 'sipwright-sipp-'))
  const statistics = join(folder, 'statistics.csv')
  const errors = join(folder, 'errors.log')
  const bounds = ['-m', String(calls), '-timeout', `${within}s`, '-timeout_error']
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  const files = ['-trace_stat', '-stf', statistics, '-fd', '1', '-trace_err', '-error_file', errors]
  try {
    const ended = await run('sipp', [...args, '-i', address, '-nostdin', ...bounds, ...files], (within + 5) * 1000)
    const last = lastRow(await readIfThere(statistics))
    const complaints = await readIfThere(errors)
    return {
      successful: Number(last.get('SuccessfulCall(C)')),
      failed: Number(last.get('FailedCall(C)')),
      retransmissions: Number(last.get('Retransmissions(C)')),
      duration: secondsOf(last.get('CallLength(C)')),
      ringing: secondsOf(last.get('ResponseTimering(C)')),
      isStarved: complaints.includes('watchdog timer') || delay.max > STANDSTILL,
      story: `sipp ended with ${ended.code}; ${complaints.slice(0, 2000) || ended.output.slice(-500)}`,
    }
  } finally {
    delay.disable()
    await rm(folder, { recursive: true, force: true })
  }
}

/** All its calls succeeded. That nothing was repeated can be said only where nobody was starved. */
export function expectAllServed(result: SippResult, calls: number): void {
  expect(result, result.story).to.include({ successful: calls, failed: 0 })
  if (!result.isStarved) expect(result.retransmissions, result.story).to.equal(0)
}

/** The path of a scenario of ours; the XML stays in the source tree. */
export function scenario(file: string): string {
  return fileURLToPath(new URL(`../../../test/interop/${file}`, import.meta.url))
}

/** The cumulative counters stand in the last row, under the names of the first. */
function lastRow(table: string): Map<string, string> {
  const rows = table.trimEnd().split('\n')
  const values = (rows.at(-1) ?? '').split(';')
  return new Map((rows[0] ?? '').split(';').map((name, column) => [name, values[column] ?? '']))
}

/** Of `HH:MM:SS:MICROSECONDS`. */
function secondsOf(text = ''): number {
  const [hours = 0, minutes = 0, seconds = 0, micros = 0] = text.split(':').map(Number)
  return (hours * 60 + minutes) * 60 + seconds + micros / 1e6
}

async function readIfThere(path: string): Promise<string> {
  return readFile(path, 'latin1').catch(() => '')
}
