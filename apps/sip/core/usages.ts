/** The usages of a dialog besides its session, each with who has it: RFC 5057 §4. */

import type { ActorRef, Self } from '../../actor/actor.js'
import { overAlready } from './call.js'
import type { DialogOrder, UsageMsg } from './dialog-order.js'

export class Usages {
  /** By name, which is an event package with its id; most dialogs have none. */
  #users: Map<string, ActorRef<UsageMsg>> | undefined

  get isEmpty(): boolean {
    return this.#users === undefined
  }

  get names(): readonly string[] {
    return [...(this.#users?.keys() ?? [])]
  }

  set(name: string, user: ActorRef<UsageMsg>): void {
    this.#users ??= new Map()
    this.#users.set(name, user)
  }

  get(name: string): ActorRef<UsageMsg> | undefined {
    return this.#users?.get(name)
  }

  /** RFC 3515 §2.4.6: what comes of the first REFER of a dialog may do without an id. */
  find(name: string): ActorRef<UsageMsg> | undefined {
    const known = this.get(name)
    if (known !== undefined || name !== 'refer') return known
    for (const [each, user] of this.#users ?? []) if (each.startsWith('refer;')) return user
    return undefined
  }

  delete(user: ActorRef<UsageMsg>): void {
    for (const [name, each] of this.#users ?? []) if (each === user) this.#users?.delete(name)
    if (this.#users?.size === 0) this.#users = undefined
  }

  /** To the notifier that has that usage. */
  notice({ usage, notice, done }: Extract<DialogOrder, { kind: 'notice' }>, self: Pick<Self<never>, 'send'>): void {
    const user = this.get(usage)
    if (user === undefined) done(overAlready)
    else self.send(user, { kind: 'notice', notice, done })
  }

  tell(message: UsageMsg, self: Pick<Self<never>, 'send'>): void {
    for (const user of this.#users?.values() ?? []) self.send(user, message)
  }

  /** All who had one. */
  clear(): readonly ActorRef<UsageMsg>[] {
    const users = [...(this.#users?.values() ?? [])]
    this.#users = undefined
    return users
  }
}
