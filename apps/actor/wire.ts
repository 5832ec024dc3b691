/** What crosses threads: plain data, in flat batches, one postMessage each. */

import type { ExitReason } from './exit.js'
import type { ActorRef, AnyRef } from './ref.js'
import type { Shape } from './shape.js'

/** Data that structured clone copies without loss. Declare messages that cross threads as type aliases, not interfaces. */
export type Plain =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly Plain[]
  | { readonly [key: string]: Plain }

/** The well-known actors of a node, as it declares them when it is up. */
export type Names = Readonly<Record<string, AnyRef>>

/** The actor of a name, or undefined. As with `whereis`, the caller knows the protocol. */
export function named<Msg>(names: Names, name: string): ActorRef<Msg> | undefined {
  return names[name] as ActorRef<Msg> | undefined
}

/**
 * Frames one after the other, each the receiver's serial on the node that gets the batch, a shape, and the values of the
 * message. No actor has the serial 0: a message to it is a signal.
 */
export type Batch = unknown[]

/** The serial that stands for the mesh itself. */
export const SIGNAL = 0

/** What one mesh tells another. Ids of watches are the watching side's. */
export type Signal =
  | { readonly kind: 'watch'; readonly id: number; readonly target: AnyRef }
  | { readonly kind: 'unwatch'; readonly id: number }
  | { readonly kind: 'down'; readonly id: number; readonly reason: ExitReason }
  | { readonly kind: 'link'; readonly target: AnyRef; readonly from: AnyRef }
  | { readonly kind: 'unlink'; readonly target: AnyRef; readonly from: AnyRef }
  | { readonly kind: 'exit'; readonly target: AnyRef; readonly reason: ExitReason; readonly from: AnyRef | undefined }
  /** So many frames of yours have been handled here. */
  | { readonly kind: 'handled'; readonly frames: number }
  | { readonly kind: 'shape'; readonly shape: Shape }
