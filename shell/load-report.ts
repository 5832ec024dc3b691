/** What a load came to, in words and tables, and whose figure it is. */

import { printable } from '../apps/sip/sip.js'
import type { Histogram } from './histogram.js'
import type { LoadRun } from './load-run.js'
import { formatRecord, formatTable } from './table.js'

export interface LoadFigures {
  readonly run: LoadRun
  /** What is counted: calls, or requests. */
  readonly unit: string
  /** ms from the first start to the last end. */
  readonly elapsed: number
  /** Of one core, by this process: 0.5 is half of it. */
  readonly share: number
  /** How many were to begin; undefined where as many were asked for as could be had. */
  readonly due: number | undefined
  readonly window: number
  /** How much of the time no place was free for what was due. */
  readonly full: number
}

/** Above that a single thread has no time left. */
const BUSY = 0.9
/** What part of those that were to begin is as good as all. */
const REACHED = 0.97

/** Who or what set the limit. */
export function bottleneck({ run, unit, share, due, window, full }: LoadFigures): string {
  const used = `the load generator used ${Math.round(share * 100)} % of a core`
  if (share >= BUSY) return `${used}: the figure is its own`
  if (full > 0.1)
    return `${used}, and all ${window} places were taken ${Math.round(full * 100)} % of the time: the peer set the pace`
  if (due !== undefined && run.started < REACHED * due) {
    return `${used}, and began ${run.started} of ${Math.round(due)} ${unit}: this machine was too busy with other things`
  }
  return `${used}: the figure is not its own`
}

function perSecond({ run, elapsed }: LoadFigures): number {
  return elapsed === 0 ? 0 : Math.round((1000 * run.done) / elapsed)
}

/** The same as `loadReport`, as data. */
export function loadData(figures: LoadFigures): Readonly<Record<string, unknown>> {
  const { run, elapsed, share } = figures
  const { started, done, failed, retransmissions, challenges, strays } = run
  return {
    ...{ started, done, failed, retransmissions, challenges, strays },
    failures: Object.fromEntries(run.failures),
    elapsed: Math.round(elapsed),
    perSecond: perSecond(figures),
    share: Number(share.toFixed(3)),
    bottleneck: bottleneck(figures),
    times: rowsOf(run),
  }
}

export function loadReport(figures: LoadFigures): string {
  const { run, unit, elapsed } = figures
  const { started, done, failed, retransmissions, challenges, strays } = run
  const rows = rowsOf(run)
  const failures = [...run.failures].map(([why, count]) => ({ failure: printable(why), count }))
  return [
    formatRecord({ started, done, failed, retransmissions, challenges, strays }),
    ...(failures.length === 0 ? [] : [formatTable(failures)]),
    ...(rows.length === 0 ? [] : [formatTable(rows)]),
    `${perSecond(figures)} ${unit} a second for ${(elapsed / 1000).toFixed(1)} s; ${bottleneck(figures)}`,
  ].join('\n\n')
}

/** Times in ms. */
function rowsOf({ times }: LoadRun): Record<string, string | number>[] {
  return Object.entries(times).flatMap(([request, histogram]) =>
    histogram.count === 0 ? [] : [{ request, ...percentiles(histogram) }],
  )
}

function percentiles(histogram: Histogram): Record<string, number> {
  const ms = (time: number): number => Number(time.toPrecision(3))
  const shares = { p50: 0.5, p90: 0.9, p99: 0.99, 'p99.9': 0.999 }
  const within = Object.entries(shares).map(([name, share]) => [name, ms(histogram.within(share))] as const)
  return { answers: histogram.count, mean: ms(histogram.mean), ...Object.fromEntries(within), most: ms(histogram.most) }
}
