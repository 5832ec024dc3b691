/** The usages of a dialog besides its session, each with who has it: RFC 5057 §4. */

import type { ActorRef } from '../../actor/actor.js'
import type { Request } from '../syntax/message.js'
import type { ServerOrder } from '../transaction/transaction-user.js'
import { overAlready } from './call.js'
import { type DialogOrder, type UsageMsg, usageOf } from './dialog-order.js'
import type { DialogOwner } from './dialog-owner.js'
import { GivenRequests } from './given-requests.js'
import { notifier, type Subscribed } from './notifier.js'
import type { Received } from './server.js'

export class Usages {
  readonly #owner: DialogOwner
  /** By role and name, which is an event package with its id; most dialogs have none. */
  #users: Map<string, ActorRef<UsageMsg>> | undefined
  #given: GivenRequests | undefined

  constructor(owner: DialogOwner) {
    this.#owner = owner
  }

  get isEmpty(): boolean {
    return this.#users === undefined
  }

  get names(): readonly string[] {
    return [...(this.#users?.keys() ?? [])].map(key => key.slice(key.indexOf(' ') + 1))
  }

  /** Whether there is one that requests of ours are sent for. */
  has(name: string, method: string): boolean {
    return this.#users?.has(keyOf(answering(method), name)) === true
  }

  /** Gives a request of the peer to the user whom it is for; false where there is none. */
  give(received: Received): boolean {
    const user = this.#userFor(received.request)
    if (user === undefined) return false
    const { self } = this.#owner
    this.#given ??= new GivenRequests()
    this.#given.add(received, user)
    self.send(user, { kind: 'inDialog', received, owner: self.ref })
    return true
  }

  answered(transaction: ActorRef<ServerOrder>): void {
    this.#given?.answered(transaction)
  }

  /** A subscription of ours. */
  attach(name: string, user: ActorRef<UsageMsg>): void {
    this.#attach(keyOf('NOTIFY', name), user)
  }

  /** One that we have granted. */
  grant(subscribed: Subscribed): void {
    const { self, arg } = this.#owner
    const user = self.spawn(notifier, { ...subscribed, owner: self.ref, core: arg.core })
    this.#attach(keyOf('SUBSCRIBE', subscribed.usage), user)
  }

  #attach(key: string, user: ActorRef<UsageMsg>): void {
    const { dialog } = this.#owner
    if (dialog.state === 'terminated') return this.#tellEnd(user)
    // The peer has asked twice for the same: one is told of it.
    const former = this.#users?.get(key)
    if (former !== undefined) this.#tellEnd(former)
    this.#users ??= new Map()
    this.#users.set(key, user)
    this.#owner.tell('changed')
  }

  delete(user: ActorRef<UsageMsg>): void {
    for (const [key, each] of this.#users ?? []) if (each === user) this.#users?.delete(key)
    if (this.#users?.size === 0) this.#users = undefined
  }

  detach(user: ActorRef<UsageMsg>): void {
    this.delete(user)
    // It may have been gone before these came.
    for (const each of this.#given?.lost(user) ?? []) this.#owner.refuse(each, 481)
    this.#owner.usageEnded()
  }

  /** A request of ours failed in a way that ends its usage. */
  lose(name: string, method: string): void {
    const user = this.#users?.get(keyOf(answering(method), name))
    if (user === undefined) return
    this.#tellEnd(user)
    this.detach(user)
  }

  /** To the notifier that has that usage. */
  notice({ usage, notice, done }: Extract<DialogOrder, { kind: 'notice' }>): void {
    const user = this.#users?.get(keyOf('SUBSCRIBE', usage))
    if (user === undefined) done(overAlready)
    else this.#owner.self.send(user, { kind: 'notice', notice, done })
  }

  leaving(): void {
    for (const user of this.#users?.values() ?? []) this.#owner.self.send(user, { kind: 'leaving' })
  }

  end(): void {
    const users = [...(this.#users?.values() ?? [])]
    this.#users = undefined
    for (const user of users) this.#tellEnd(user)
  }

  /** Answers come by here no longer: what has none was given to one who was gone. */
  leave(): void {
    for (const each of this.#given?.lost() ?? []) this.#owner.refuse(each, 481)
  }

  /** RFC 3515 §2.4.6: what comes of the first REFER of a dialog may do without an id. */
  #userFor(request: Request): ActorRef<UsageMsg> | undefined {
    if (this.#users === undefined) return undefined
    const name = usageOf(request)
    if (name === undefined) return undefined
    const key = keyOf(request.method, name)
    const known = this.#users.get(key)
    if (known !== undefined || name !== 'refer') return known
    for (const [each, user] of this.#users) if (each.startsWith(`${key};`)) return user
    return undefined
  }

  #tellEnd(user: ActorRef<UsageMsg>): void {
    const { self, dialog } = this.#owner
    self.send(user, { kind: 'usageEnded', dialog: dialog.id })
  }
}

/** By the method of what the peer sends to it: each side has subscriptions of its own (RFC 6665 §4.4.1). */
function keyOf(method: string, name: string): string {
  return `${method} ${name}`
}

/** The method that the peer of such a request of ours has in the same usage. */
function answering(method: string): string {
  return method === 'NOTIFY' ? 'SUBSCRIBE' : 'NOTIFY'
}
