/** The answer to pings as Nagios, Icinga and their kind read it: one line with performance data, and an exit code. */

import { UsageError } from './command.js'
import type { End } from './end.js'

const states = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const

export interface Verdict {
  readonly line: string
  /** 0 to 3, in the order of the states. */
  readonly code: number
}

/** In ms; none unless given. */
export interface Limits {
  readonly warning: number | undefined
  readonly critical: number | undefined
}

/** What is to be thought of somebody who answered so; `ms` are the round trips. */
export function nagiosVerdict(pongs: readonly (End & { readonly ms: number })[], limits: Limits): Verdict {
  const { warning = Number.POSITIVE_INFINITY, critical = Number.POSITIVE_INFINITY } = limits
  const answered = pongs.filter(({ status }) => status !== undefined)
  const lost = pongs.length - answered.length
  const [first] = answered
  if (first === undefined) return verdict(2, pongs[0]?.text ?? 'nothing was asked')
  const mean = answered.reduce((sum, { ms }) => sum + ms, 0) / answered.length
  const worst = answered.find(({ status = 0 }) => status >= 500) ?? first
  const isCritical = (worst.status ?? 0) >= 500 || mean > critical
  const of = (limit: number | undefined): string => (limit === undefined ? '' : String(limit))
  const data = `time=${mean.toFixed(1)}ms;${of(limits.warning)};${of(limits.critical)};0 lost=${lost};;;0;${pongs.length}`
  const lostText = lost === 0 ? '' : `, ${lost} of ${pongs.length} lost`
  const code = isCritical ? 2 : mean > warning || lost > 0 ? 1 : 0
  return verdict(code, `${worst.text} in ${mean.toFixed(1)} ms${lostText}`, data)
}

/** A command line that makes no sense tells nothing of whom it asks. */
export async function unknownUnlessTold(check: () => Promise<number>): Promise<number> {
  try {
    return await check()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const { line, code } = verdict(3, error.message)
    console.log(line)
    return code
  }
}

/** A bar would begin the performance data. */
function verdict(code: number, text: string, data?: string): Verdict {
  return { line: `SIP ${states[code]} - ${text.replaceAll('|', '/')}${data === undefined ? '' : ` | ${data}`}`, code }
}
