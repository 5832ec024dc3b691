/** What applications give to the cores; where these are gone, as in a stack that is closed, whoever waits for an end gets one. */

import type { ActorRef, AnyRef } from '../../actor/actor.js'
import { closed, overAlready } from './call.js'
import type { CoresMsg } from './cores.js'
import { declineOrder } from './declined-order.js'

/** A kernel, or an actor. */
interface Sender {
  send<M>(to: ActorRef<M>, message: NoInfer<M>): void
  isAlive(target: AnyRef): boolean
}

export function handOver(
  sender: Sender,
  cores: ActorRef<CoresMsg>,
  message: Extract<CoresMsg, { kind: 'invite' | 'send' | 'order' }>,
): void {
  if (sender.isAlive(cores)) return sender.send(cores, message)
  switch (message.kind) {
    case 'invite':
      message.order.user.settle(closed)
      return message.order.user.over()
    case 'send':
      return message.order.done?.(closed)
    case 'order':
      return declineOrder(message.order, overAlready)
  }
}
