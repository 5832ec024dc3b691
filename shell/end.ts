/** The end of a request in words. */

import { type CallOutcome, type Outcome, printable, type Response } from '../apps/sip/sip.js'

export interface End {
  /** Of the final response; absent when none came. */
  readonly status?: number
  /** `200 OK`, or why there was no answer. */
  readonly text: string
}

/** Settles when the request has ended, or after `timeout` ms. */
export async function endOf(outcome: Promise<Outcome>, timeout: number): Promise<End> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<End>(resolve => {
    timer = setTimeout(() => resolve({ text: `no answer within ${timeout} ms` }), timeout)
  })
  const end = await Promise.race([outcome.then(describe), late])
  clearTimeout(timer)
  return end
}

export function describe(outcome: Outcome | CallOutcome): End {
  switch (outcome.kind) {
    case 'answered':
    case 'rejected':
      return { status: outcome.response.status, text: statusLine(outcome.response) }
    case 'cancelled':
      return outcome.response === undefined
        ? { text: 'no final answer after CANCEL' }
        : { status: outcome.response.status, text: statusLine(outcome.response) }
    case 'timeout':
      return { text: 'no answer' }
    case 'transportError':
      return { text: `no answer: ${printable(outcome.reason.trimEnd())}` }
  }
}

/** Status and phrase, harmless for a terminal. */
export function statusLine({ status, reason }: Response): string {
  return `${status} ${printable(reason)}`.trimEnd()
}
