/** Where the stack listens, as its owner handles it: opened at the start, added and removed while it runs. */

import { type ActorRef, type Kernel, type Self, type SupervisorMsg, supervisor } from '../actor/actor.js'
import type { Log } from './log.js'
import type { ConnectionState } from './transport/connection-state.js'
import type { ConnectionCount } from './transport/connections.js'
import { isSecure, type Locals, placeText } from './transport/flow.js'
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

/** An open connection with the number by which it is closed. */
export interface NumberedConnection extends ConnectionState {
  readonly id: number
}

export interface ListeningOptions {
  readonly kernel: Kernel
  readonly network: Network
  readonly inlet: Inlet
  readonly points: readonly ListenPoint[]
  readonly partial: boolean
  readonly limits: StreamLimits
  readonly tls: TlsOptions | undefined
  readonly seed: number
  readonly largestDatagram: number
  readonly log: Log
  readonly changed: (locals: Locals) => void
}

/** ms that the listeners get to answer. */
const PATIENCE = 10_000

export class Listening {
  readonly #kernel: Kernel
  readonly #network: Network
  #tls: TlsOptions | undefined
  #points: readonly ListenPoint[]
  #ref: ActorRef<ListenersMsg> | undefined

  constructor({ kernel, network, log, tls, ...options }: ListeningOptions) {
    this.#kernel = kernel
    this.#network = network
    this.#tls = tls
    this.#points = options.points
    this.#checkTls(tls)
    for (const point of options.points) this.#checkPoint(point)
    const arg = {
      ...{ ...options, network },
      keep: (points: readonly ListenPoint[]) => {
        this.#points = points
      },
      note: (text: string) => log({ level: 'info', module: 'transport', text }),
      failed: (failure: Failure) =>
        log({ level: 'error', module: 'transport', text: `${sentence(failure)}; it is tried again every second` }),
    }
    // Who keeps the sockets may have defects as everybody else: it is started anew, and what it opens announced again. What cannot
    // be had at once is tried again then, for others may still hold its port.
    const start = (self: Self<SupervisorMsg>): ActorRef<ListenersMsg> => {
      const isFirst = this.#ref === undefined
      const now = { points: this.#points, partial: options.partial || !isFirst }
      const ref = self.spawn(listeners, { ...arg, ...now, ...(this.#tls === undefined ? {} : { tls: this.#tls }) })
      this.#ref = ref
      if (!isFirst)
        this.ready().then(options.changed, error => log({ level: 'error', module: 'transport', text: String(error) }))
      return ref
    }
    kernel.spawn(supervisor, {
      ...{ label: 'transports', strategy: 'one_for_one', intensity: 10, period: 10_000 },
      children: [{ id: 'listeners', start, restart: 'permanent', shutdown: 1000 }],
    })
  }

  /** Resolves when it listens; rejects with ListenError when a place cannot be had. */
  async ready(): Promise<Locals> {
    const opening = await this.#kernel.ask(this.#listeners, { kind: 'ready' }, PATIENCE)
    if (opening.kind !== 'answered') throw new ListenError('the listeners did not start')
    if (opening.value.kind === 'failed') throw new ListenError(sentence(opening.value))
    return opening.value.locals
  }

  async open(where: string | ListenOptions): Promise<string> {
    const point = parseListenPoint(where)
    this.#checkPoint(point)
    const opening = await this.#kernel.ask(this.#listeners, { kind: 'listen', point }, PATIENCE)
    if (opening.kind !== 'answered') throw new ListenError('the listener did not start')
    if (opening.value.kind === 'failed') throw new ListenError(sentence(opening.value))
    return placeText(opening.value.listener)
  }

  async close(place: string): Promise<boolean> {
    const answer = await this.#kernel.ask(
      this.#listeners,
      { kind: 'unlisten', point: parseListenPoint(place) },
      PATIENCE,
    )
    return answer.kind === 'answered' && answer.value
  }

  setTls(tls: TlsOptions): void {
    this.#checkTls(tls)
    for (const point of this.#points) this.#checkPoint(point, tls)
    this.#tls = tls
    this.#kernel.send(this.#listeners, { kind: 'setTls', tls })
  }

  async connections(): Promise<ConnectionCount> {
    const answer = await this.#kernel.ask(this.#listeners, { kind: 'connections' }, PATIENCE)
    return answer.kind === 'answered' ? answer.value : { open: 0, refused: 0 }
  }

  /** The latest `most` connections that are open or being made. */
  async connectionStates(most: number): Promise<readonly NumberedConnection[]> {
    const listed = await this.#kernel.ask(this.#listeners, { kind: 'list', most }, PATIENCE)
    if (listed.kind !== 'answered') return []
    const states = listed.value.map(async ([id, ref]) => {
      const state = await this.#kernel.ask(ref, { kind: 'state' }, PATIENCE)
      return state.kind === 'answered' ? [{ id, ...state.value }] : []
    })
    return (await Promise.all(states)).flat()
  }

  async closeConnection(id: number): Promise<boolean> {
    const answer = await this.#kernel.ask(this.#listeners, { kind: 'close', id }, PATIENCE)
    return answer.kind === 'answered' && answer.value
  }

  get #listeners(): ActorRef<ListenersMsg> {
    if (this.#ref === undefined) throw new TypeError('the listeners have not been started')
    return this.#ref
  }

  #checkPoint(point: ListenPoint, tls = this.#tls): void {
    this.#checkTls(point.tls)
    const { key, cert, names = {} } = point.tls ?? tls ?? {}
    const hasCertificate = (key !== undefined && cert !== undefined) || Object.keys(names).length > 0
    // A network that is simulated proves nothing.
    if (!isSecure(point.transport) || hasCertificate || this.#network.checkTls === undefined) return
    throw new TypeError(`${placeText(point)} needs a certificate: give it, or the stack, tls: { key, cert }`)
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

function sentence({ point, reason }: Failure): string {
  const advice = reason.includes('EADDRINUSE')
    ? 'something listens there already: stop it, or choose another port'
    : reason
  return `cannot listen on ${placeText(point)}: ${advice}`
}
