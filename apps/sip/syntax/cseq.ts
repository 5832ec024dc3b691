/** CSeq: §20.16. */

import { isToken } from './char-class.js'
import type { Cursor } from './cursor.js'

export interface CSeq {
  readonly number: number
  readonly method: string
}

/** §8.1.1.5: less than 2^31. */
export const maxCSeq = 2_147_483_647

export function parseCSeq(cursor: Cursor): CSeq | undefined {
  const number = cursor.integer(maxCSeq)
  if (number === undefined || cursor.peek() > 32) return undefined
  cursor.skipSpace()
  const method = cursor.token()
  return method === '' ? undefined : { number, method }
}

export function formatCSeq(cseq: CSeq): string {
  const { number, method } = cseq
  if (!Number.isInteger(number) || number < 0 || number > maxCSeq) throw new TypeError(`not a CSeq number: ${number}`)
  if (!isToken(method)) throw new TypeError(`not a method: ${JSON.stringify(method)}`)
  return `${number} ${method}`
}
