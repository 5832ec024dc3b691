/** What applications give to the cores; where these are gone, as in a stack that is closed, whoever waits for an end gets one. */

import type { ActorRef, AnyRef } from '../../actor/actor.js'
import { apart } from '../syntax/apart.js'
import { closed, overAlready } from './call.js'
import type { CoresMsg } from './cores.js'
import { declineOrder } from './declined-order.js'
import type { DialogOrder } from './dialog-order.js'

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

/** What is done with a dialog for as long as an application has it, made apart from the request and its actor, which it would keep. */
export function ordersFor(id: string, cores: ActorRef<CoresMsg>, self: Sender): (order: DialogOrder) => void {
  const own = apart(id)
  return order => handOver(self, cores, { kind: 'order', id: own, order })
}
