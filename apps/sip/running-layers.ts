/** The layers of one thread with what they have to know: when some of them are started anew, they are told it again. */

import type { Kernel } from '../actor/actor.js'
import type { Core } from './core/core.js'
import { type Layers, type LayersOptions, startLayers } from './layers.js'
import type { Locals } from './transport/flow.js'

export class RunningLayers {
  readonly #kernel: Kernel
  /** In the order in which they were registered. */
  readonly #cores = new Map<string, Core>()
  #locals: Locals | undefined
  #current: Layers | undefined

  /** `up` is told at the start, and whenever layers have been started anew and know all that their predecessors did. */
  constructor(kernel: Kernel, options: LayersOptions) {
    this.#kernel = kernel
    startLayers(kernel, {
      ...options,
      up: layers => {
        this.#current = layers
        this.#remind(layers)
        options.up(layers)
      },
    })
  }

  get current(): Layers {
    if (this.#current === undefined) throw new TypeError('the layers have not been started')
    return this.#current
  }

  /** A core of the same name is replaced. */
  register(core: Core): void {
    this.#cores.delete(core.name)
    this.#cores.set(core.name, core)
    this.#kernel.send(this.current.cores, { kind: 'register', core })
  }

  unregister(name: string): void {
    this.#cores.delete(name)
    this.#kernel.send(this.current.cores, { kind: 'unregister', name })
  }

  /** Where we listen, for the Via of requests and for recognising our own. */
  announce(locals: Locals): void {
    this.#locals = locals
    this.#kernel.send(this.current.transport, { kind: 'locals', locals })
    // At once, too: by way of the layers it would come after a request that is made as soon as `start` resolves.
    this.#kernel.send(this.current.cores, { kind: 'locals', locals })
  }

  #remind({ transport, cores }: Layers): void {
    if (this.#locals !== undefined) {
      this.#kernel.send(transport, { kind: 'locals', locals: this.#locals })
      this.#kernel.send(cores, { kind: 'locals', locals: this.#locals })
    }
    for (const core of this.#cores.values()) this.#kernel.send(cores, { kind: 'register', core })
  }
}
