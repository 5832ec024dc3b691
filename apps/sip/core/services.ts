/** The cores in service, and which of them takes a request: §5, §8.2.2.1. */

import { errorReason, showReason } from '../../actor/actor.js'
import type { Random } from '../syntax/ids.js'
import type { Request } from '../syntax/message.js'
import type { Complaint } from './context.js'
import type { Core } from './core.js'
import type { Policy } from './policy.js'
import { RemoteCore } from './remote-core.js'
import { Service } from './service.js'

export interface CoreState {
  readonly name: string
  readonly priority: number
  /** Requests outside dialogs that it got. */
  readonly requests: number
}

interface ServicesContext {
  readonly random: Random
  /** What goes for cores that do not say otherwise. */
  readonly policy: Policy
  readonly complain: (complaint: Complaint) => void
}

export class Services {
  readonly #context: ServicesContext
  /** Highest priority first, among equals in the order of registration. */
  #services: readonly Service[] = []
  /** Those that have been registered, as long as they have calls. */
  readonly #registered = new WeakMap<Core, Service>()
  /** Those of calls that we place. */
  readonly #others = new WeakMap<Core, Service>()

  constructor(context: ServicesContext) {
    this.#context = context
  }

  /** A core of the same name is replaced. */
  register(core: Core): void {
    const former = this.#services.find(({ core: { name } }) => name === core.name)
    const service = this.#make(core, former)
    this.#registered.set(core, service)
    this.#services = [...this.#services.filter(({ core: { name } }) => name !== core.name), service].sort(
      (a, b) => (b.core.priority ?? 0) - (a.core.priority ?? 0),
    )
  }

  unregister(name: string): void {
    this.#services = this.#services.filter(({ core }) => core.name !== name)
  }

  list(): CoreState[] {
    return this.#services.map(({ core, requests }) => ({ name: core.name, priority: core.priority ?? 0, requests }))
  }

  /**
   * Who serves the calls that a core has begun: the one that has replaced it, if there is one now, else the core itself,
   * whether it is in service or not.
   */
  successorOf(core: Core): Service {
    const own = this.#registered.get(core)
    if (own !== undefined) return this.#services.find(({ core: { name } }) => name === core.name) ?? own
    const known = this.#others.get(core)
    if (known !== undefined) return known
    const service = this.#make(core)
    this.#others.set(core, service)
    return service
  }

  /**
   * The first core, behind the one that has declined, whose predicate takes the request; a predicate that throws costs
   * this request only.
   */
  choose(request: Request, declined?: Service): Service | 'failed' | undefined {
    const first = declined === undefined ? 0 : this.#services.indexOf(declined) + 1
    for (let at = first; at < this.#services.length; at++) {
      const service = this.#services[at]
      if (service === undefined) break
      const { core } = service
      try {
        if (!core.match(request)) continue
      } catch (thrown) {
        const what = `its match function threw ${showReason(errorReason(thrown))}`
        this.#context.complain({ core: core.name, callId: request.callId, what })
        return 'failed'
      }
      if (!(core instanceof RemoteCore)) service.requests++
      return service
    }
    return undefined
  }

  #make(core: Core, former?: Service): Service {
    return new Service(core, this.#context.policy, this.#context.random, former)
  }
}
