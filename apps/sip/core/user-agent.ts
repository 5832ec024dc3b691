/** User agents as classes whose methods are those of SIP. */

import type { Request } from '../syntax/message.js'
import { type Core, checkCore } from './core.js'

/**
 * A core to extend: `class Greeter extends UserAgent { INVITE(invite) { invite.reply(200) } }`. It takes every request
 * that no core of a higher priority does, allows the methods that it has, and is named after its class; all that a core
 * can declare can be overridden, by a field or by a getter.
 */
export class UserAgent implements Core {
  get name(): string {
    return this.constructor.name
  }

  match(_request: Request): boolean {
    return true
  }
}

/** A class of cores: an instance of it is made without arguments. */
export type CoreClass = new () => Core

/** The core itself, or the one that a class makes. Throws TypeError for what is neither. */
export function coreFrom(given: Core | CoreClass): Core {
  const core = typeof given === 'function' ? new given() : given
  checkCore(core)
  return core
}
