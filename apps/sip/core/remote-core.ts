/** A core whose home is another thread, as the threads see it that get its requests. */

import type { ActorRef } from '../../actor/actor.js'
import type { Core } from './core.js'
import type { HomeMsg } from './home.js'

export class RemoteCore implements Core {
  readonly name: string
  readonly priority: number
  readonly home: ActorRef<HomeMsg>

  constructor(name: string, priority: number, home: ActorRef<HomeMsg>) {
    this.name = name
    this.priority = priority
    this.home = home
  }

  /** Its home decides, and may still decline. */
  match(): boolean {
    return true
  }
}
