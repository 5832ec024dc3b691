/** A core whose home is another thread, as the threads see it that get its requests. */

import type { ActorRef } from '../../actor/actor.js'
import type { Core } from './core.js'
import type { HomeMsg } from './home.js'
import type { Privacy } from './privacy.js'

/** What the threads have to know of it. */
export interface Placed {
  readonly name: string
  readonly priority: number
  readonly home: ActorRef<HomeMsg>
  /** For what a thread sends by itself in the calls of the core. */
  readonly privacy?: Privacy
  readonly contact?: string
}

/** As the core is now. */
export function placed({ name, priority = 0, privacy, contact }: Core, home: ActorRef<HomeMsg>): Placed {
  return {
    ...{ name, priority, home },
    ...(privacy === undefined ? {} : { privacy }),
    ...(contact === undefined ? {} : { contact: `${contact}` }),
  }
}

export class RemoteCore implements Core {
  readonly name: string
  readonly priority: number
  readonly home: ActorRef<HomeMsg>
  readonly privacy?: Privacy
  readonly contact?: string

  constructor({ name, priority, home, privacy, contact }: Placed) {
    this.name = name
    this.priority = priority
    this.home = home
    if (privacy !== undefined) this.privacy = privacy
    if (contact !== undefined) this.contact = contact
  }

  /** Its home decides, and may still decline. */
  match(): boolean {
    return true
  }
}
