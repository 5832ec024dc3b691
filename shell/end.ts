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
      return { text: `no answer: ${printable(outcome.reason.trimEnd())}${mended(outcome.reason)}` }
  }
}

/** In brackets: what those who do not know the words of the system can do about it. */
export function mended(reason: string): string {
  const [, advice] = advices.find(([pattern]) => pattern.test(reason)) ?? []
  return advice === undefined ? '' : ` (${advice})`
}

const advices: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, 'nobody listens there: is it started, and are port and transport right?'],
  [/EHOSTUNREACH|ENETUNREACH/, 'this machine has no way there'],
  [/made in time/, 'is the address right, and does no firewall keep us out?'],
  [/certificate|self.signed/i, 'NODE_EXTRA_CA_CERTS=FILE trusts an authority of your own'],
  [/^no address for .*DNS/, 'sipwright resolve URI shows what it was asked'],
]

/** Status and phrase, harmless for a terminal. */
export function statusLine({ status, reason }: Response): string {
  return `${status} ${printable(reason)}`.trimEnd()
}
