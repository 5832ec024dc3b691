/** What is asked of the DNS, whoever asks it, and what may come back: RFC 1035, RFC 2308. */

import type { Answer, Question } from './plan.js'

export interface Resolver {
  /** Calls `done` once, later than it returns, and not after `close`. Never throws. */
  resolve(question: Question, done: (reply: Reply) => void): void
  close(): void
}

/** `ttl` in seconds; undefined where none was told. */
export type Reply = FoundReply | NothingReply | { readonly kind: 'failed'; readonly reason: string }

export interface FoundReply {
  readonly kind: 'found'
  readonly answer: Found
  readonly ttl: number | undefined
  /** What came along with it and is likely to be asked next. */
  readonly also: readonly Known[]
}

/** No such name, or no such record at that name. */
export interface NothingReply {
  readonly kind: 'nxdomain' | 'nodata'
  readonly ttl: number | undefined
}

export type Found = Exclude<Answer, { readonly type: 'nothing' | 'failed' }>

export interface Known {
  readonly question: Question
  readonly answer: Found
  readonly ttl: number
}

/** A name without case and without the dot of the root: what names are compared by. */
export function canonicalName(name: string): string {
  const lower = name.toLowerCase()
  return lower.endsWith('.') ? lower.slice(0, -1) : lower
}
