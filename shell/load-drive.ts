/** Drives a load: begins what is due, and ends when all that was begun has ended. */

import type { LoadFigures } from './load-report.js'
import type { LoadRun } from './load-run.js'
import { messagesBy, type RawLine } from './raw-line.js'

export interface LoadPlan {
  /** How many to begin a second; as many as the window lets unless given. */
  readonly rate: number | undefined
  /** ms in which the rate grows from nothing to what it is to be, so that a cold server can warm up. */
  readonly ramp: number
  /** How many may be under way. */
  readonly window: number
  readonly count: number
  /** ms. */
  readonly duration: number
}

interface Surroundings {
  readonly line: RawLine
  readonly unit: string
  /** Begins none any more once it settles. */
  readonly stop: Promise<void>
  /** Told each second. */
  readonly live: ((run: LoadRun, seconds: number) => void) | undefined
}

/** ms between two looks whether something is due. */
const PULSE = 2

export async function driven(
  run: LoadRun,
  plan: LoadPlan,
  { line, unit, stop, live }: Surroundings,
): Promise<LoadFigures> {
  const began = performance.now()
  const used = process.cpuUsage()
  let looked = began
  let fullFor = 0
  let isStopped = false

  const isDue = (now: number): boolean =>
    !isStopped &&
    run.started < plan.count &&
    now - began < plan.duration &&
    (plan.rate === undefined || run.started <= dueAfter(plan, now - began))

  const beginDue = (now: number): void => {
    while (run.outstanding < plan.window && isDue(now)) {
      run.begin(now)
    }
  }

  const cut = messagesBy(line.target)
  line.hear({
    received: text => {
      const now = performance.now()
      for (const message of cut(text)) {
        run.received(message, now)
        if (plan.rate === undefined) beginDue(now)
      }
    },
    closed: why => {
      isStopped = true
      run.end(why)
    },
  })
  const end = (): void => {
    isStopped = true
  }
  stop.then(end, end)

  const look = (): boolean => {
    const now = performance.now()
    run.tick(now)
    if (plan.rate !== undefined && run.outstanding >= plan.window) fullFor += now - looked
    beginDue(now)
    if (live !== undefined && Math.floor((now - began) / 1000) > Math.floor((looked - began) / 1000)) {
      live(run, Math.floor((now - began) / 1000))
    }
    looked = now
    return run.outstanding === 0 && (isStopped || run.started >= plan.count || now - began >= plan.duration)
  }
  await new Promise<void>(resolve => {
    const pulse = setInterval(() => {
      if (!look()) return
      clearInterval(pulse)
      resolve()
    }, PULSE)
  })
  const { user, system } = process.cpuUsage(used)
  const elapsed = looked - began
  const { rate, window } = plan
  const due = isStopped || rate === undefined ? undefined : dueAfter(plan, Math.min(plan.duration, elapsed))
  const share = (user + system) / 1000 / elapsed
  return { run, unit, elapsed, share, due, window, full: fullFor / elapsed }
}

/** How many are to have begun after `ms`. */
function dueAfter({ rate = 0, ramp, count }: LoadPlan, ms: number): number {
  const asIfFull = ms < ramp ? (ms * ms) / (2 * ramp) : ms - ramp / 2
  return Math.min(count, (asIfFull * rate) / 1000)
}
