/** The other end of the kernel bench's stream across threads: counts what arrives and gives credit back. */
import type { ActorRef, Behavior, Names, NodeContext } from '../../apps/actor/actor.js'

/** As much text as a small request has, which is what crosses threads in earnest. */
export type Parcel = { readonly kind: 'parcel'; readonly text: string; readonly from: ActorRef<Credit> }

export type Credit = { readonly kind: 'credit' }

/** Parcels for which one credit is given. */
export const share = 256

const receiver: Behavior<Parcel> = {
  label: 'receiver',
  init(_arg, self) {
    let count = 0
    return parcel => {
      if (++count % share === 0) self.send(parcel.from, { kind: 'credit' })
    }
  },
}

export function start({ kernel }: NodeContext): Names {
  return { receiver: kernel.spawn(receiver, undefined) }
}
