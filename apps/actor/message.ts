/** What actors say to each other: one discriminated union per actor, told apart by `kind`. */

import type { ExitReason } from './exit.js'
import type { ActorRef } from './ref.js'

export interface Message {
  readonly kind: string
}

/** The members of a protocol that carry `replyTo`, be it optional, without it: the kernel adds the reply address. */
export type Question<Msg> = Msg extends Message
  ? Omit<Msg, 'replyTo'> & Message & ('replyTo' extends keyof Msg ? unknown : never)
  : never

/** What the asker of a question of this kind gets back. */
export type Answer<Msg, Kind> = Msg extends { readonly kind: Kind; readonly replyTo?: ActorRef<infer Reply> }
  ? Reply
  : never

export type AskResult<Reply> =
  | { readonly kind: 'answered'; readonly value: Reply }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'down'; readonly reason: ExitReason }
