/** Applications as modules: loaded on every thread that serves calls, since functions cannot cross threads. */

import type { Agent } from './agent.js'
import type { Core } from './core/core.js'
import { checkService } from './core/service.js'
import { UserAgent } from './core/user-agent.js'

/** What a module's default export is called with, once per thread. */
export interface ApplicationContext {
  /** Places calls and sends requests from this thread. */
  readonly agent: Agent
}

/** The default export of an application module: a core, or a function or a class of user agents that makes one for a thread. */
export type Application =
  | Core
  | ((context: ApplicationContext) => Core)
  | (new (
      context: ApplicationContext,
    ) => UserAgent)

/** The core of a loaded module. Throws TypeError, naming the module, when it exports none. */
export function coreOf(module: unknown, url: string, context: ApplicationContext): Core {
  if (typeof module !== 'object' || module === null || !('default' in module)) {
    throw new TypeError(`${url} has no default export: export a core, or a function that returns one`)
  }
  const { default: exported } = module
  const core: unknown =
    typeof exported !== 'function' ? exported : isUserAgent(exported) ? new exported(context) : exported(context)
  checkService(core)
  return core
}

function isUserAgent(value: object): value is new (context: ApplicationContext) => UserAgent {
  return 'prototype' in value && value.prototype instanceof UserAgent
}
