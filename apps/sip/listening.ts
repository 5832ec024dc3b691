/** Where the stack listens, as its owner handles it: opened at the start, added and removed while it runs. */

import type { ActorRef, Kernel } from '../actor/actor.js'
import type { Log } from './log.js'
import type { ConnectionCount } from './transport/connections.js'
import { hostPort, type Listener, type Locals } from './transport/flow.js'
import type { Inlet } from './transport/inlet.js'
import { type ListenOptions, type ListenPoint, parseListenPoint } from './transport/listen-point.js'
import { type Failure, type ListenersMsg, listeners } from './transport/listeners.js'
import type { Network } from './transport/network.js'
import type { StreamLimits } from './transport/stream-limits.js'
import type { TlsOptions } from './transport/tls-options.js'

/** A place to listen that could not be had. */
export class ListenError extends Error {
  readonly code = 'SIP_ERR_LISTEN'
  override readonly name = 'ListenError'
}

export interface ListeningOptions {
  readonly kernel: Kernel
  readonly network: Network
  readonly inlet: Inlet
  readonly points: readonly ListenPoint[]
  readonly partial: boolean
  readonly limits: StreamLimits
  readonly tls: TlsOptions | undefined
  readonly largestDatagram: number
  readonly log: Log
  readonly changed: (locals: Locals) => void
}

/** ms that the listeners get to answer. */
const PATIENCE = 10_000

export class Listening {
  readonly #kernel: Kernel
  readonly #network: Network
  readonly #ref: ActorRef<ListenersMsg>

  constructor({ kernel, network, log, tls, ...options }: ListeningOptions) {
    this.#kernel = kernel
    this.#network = network
    for (const each of [tls, ...options.points.map(point => point.tls)]) this.#checkTls(each)
    this.#ref = kernel.spawn(listeners, {
      ...{ ...options, network, ...(tls === undefined ? {} : { tls }) },
      note: text => log({ level: 'info', text }),
      failed: failure => log({ level: 'error', text: `${sentence(failure)}; it is tried again every second` }),
    })
  }

  /** Resolves when it listens; rejects with ListenError when a place cannot be had. */
  async ready(): Promise<Locals> {
    const opening = await this.#kernel.ask(this.#ref, { kind: 'ready' }, PATIENCE)
    if (opening.kind !== 'answered') throw new ListenError('the listeners did not start')
    if (opening.value.kind === 'failed') throw new ListenError(sentence(opening.value))
    return opening.value.locals
  }

  async open(where: string | ListenOptions): Promise<string> {
    const point = parseListenPoint(where)
    this.#checkTls(point.tls)
    const opening = await this.#kernel.ask(this.#ref, { kind: 'listen', point }, PATIENCE)
    if (opening.kind !== 'answered') throw new ListenError('the listener did not start')
    if (opening.value.kind === 'failed') throw new ListenError(sentence(opening.value))
    return placeText(opening.value.listener)
  }

  async close(place: string): Promise<boolean> {
    const answer = await this.#kernel.ask(this.#ref, { kind: 'unlisten', point: parseListenPoint(place) }, PATIENCE)
    return answer.kind === 'answered' && answer.value
  }

  setTls(tls: TlsOptions): void {
    this.#checkTls(tls)
    this.#kernel.send(this.#ref, { kind: 'setTls', tls })
  }

  async connections(): Promise<ConnectionCount> {
    const answer = await this.#kernel.ask(this.#ref, { kind: 'connections' }, PATIENCE)
    return answer.kind === 'answered' ? answer.value : { open: 0, refused: 0 }
  }

  #checkTls(tls: TlsOptions | undefined): void {
    if (tls === undefined) return
    try {
      this.#network.checkTls?.(tls)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new TypeError(`these keys or certificates cannot be used: ${reason}`, { cause: error })
    }
  }
}

/** `udp:127.0.0.1:5060`. */
export function placeText({ transport, address, port }: Pick<Listener, 'transport' | 'address' | 'port'>): string {
  return `${transport.toLowerCase()}:${hostPort(address, port)}`
}

function sentence({ point, reason }: Failure): string {
  const advice = reason.includes('EADDRINUSE')
    ? 'something listens there already: stop it, or choose another port'
    : reason
  return `cannot listen on ${placeText(point)}: ${advice}`
}
