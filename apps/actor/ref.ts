/** Addresses of actors: a plain number, so that it can be compared, kept in a Map and posted to another thread. */

declare const protocol: unique symbol

/** Address of an actor that takes messages of type `Msg`. Contravariant: a ref to a whole protocol fits where a part is wanted. */
export type ActorRef<Msg> = number & { readonly [protocol]: (message: Msg) => void }

/** Address of any actor: good for monitors, links and exits, not for sending. */
export type AnyRef = ActorRef<never>

/** The address of no actor, on any thread: what is sent there is dropped. */
export const nobody: ActorRef<unknown> = 0 as ActorRef<unknown>

/** Serials that one incarnation of a node can hand out: 2^40, so that a number holds 8192 incarnations and none ever aliases. */
export const SERIALS: number = 2 ** 40

/** Incarnations that fit beside the serial in the 53 bits of a number. */
export const INCARNATIONS: number = 2 ** 13

/** The address of the actor with this serial on this incarnation of a node. */
export function refOf(incarnation: number, serial: number): AnyRef {
  return (incarnation * SERIALS + serial) as AnyRef
}

/** Which incarnation of a node an actor lives, or lived, on. */
export function incarnationOf(ref: AnyRef): number {
  return Math.floor(ref / SERIALS)
}

/** An address as people read it: `<incarnation.serial>`. */
export function showRef(ref: AnyRef): string {
  return `<${incarnationOf(ref)}.${ref % SERIALS}>`
}
