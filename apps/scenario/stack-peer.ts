/** A peer with a SIP stack: one of ours, with what is left in it when a scenario is over, or an element that is not ours. */

import type { Core, LogEntry, SipStack, StackCensus, StackOptions } from '../sip/sip.js'
import { ScenarioFailure } from './failure.js'
import type { Peer } from './raw-peer.js'
import type { Place } from './raw-transport.js'
import type { Host, Target } from './setting.js'

export interface StackPeerOptions {
  readonly cores?: readonly Core[]
  /** ms. */
  readonly timers?: { readonly T1?: number; readonly T2?: number; readonly T4?: number }
  /** Where it finds the addresses of names; nowhere unless given. */
  readonly resolver?: NonNullable<StackOptions['resolver']>
  readonly policy?: NonNullable<StackOptions['policy']>
}

export class StackPeer implements Peer {
  readonly name: string
  readonly place: Place
  /** Whom it is called as. */
  readonly user: string
  /** Called instead of whomever a scenario names. */
  readonly #target: string | undefined
  readonly #stack: SipStack | undefined
  readonly #host: Host
  readonly #log: LogEntry[]

  private constructor(
    name: string,
    host: Host,
    parts: { stack: SipStack | undefined; place: Place; user: string | undefined; log: LogEntry[] },
  ) {
    this.name = name
    this.place = parts.place
    this.#host = host
    this.#stack = parts.stack
    this.user = parts.user ?? name
    this.#target = parts.user
    this.#log = parts.log
  }

  static of(name: string, host: Host, stack: SipStack, log: LogEntry[]): StackPeer {
    const [listening = ''] = stack.listening
    const [, address = '', port = ''] = /^\w+:\[?(.*?)\]?:(\d+)$/.exec(listening) ?? []
    return new StackPeer(name, host, { stack, place: { address, port: Number(port) }, user: undefined, log })
  }

  /** Nothing is known of it but what it sends. */
  static external(name: string, host: Host, { address, port, user }: Target): StackPeer {
    return new StackPeer(name, host, { stack: undefined, place: { address, port }, user, log: [] })
  }

  /** False for an element that is not ours, which does what it does by itself. */
  get isOurs(): boolean {
    return this.#stack !== undefined
  }

  /** Throws TypeError when the element is not ours. */
  get stack(): SipStack {
    if (this.#stack !== undefined) return this.#stack
    throw new TypeError(`${this.name} is not ours: this scenario needs more of it than its answers`)
  }

  uri(user: string = this.user): string {
    return this.#host.uri(this.#target ?? user, this.place)
  }

  async close(): Promise<void> {
    await this.#stack?.close()
  }

  /** The errors logged so far; taken, they do not fail the scenario. */
  errors(): readonly string[] {
    return this.#log.splice(0).flatMap(({ level, text }) => (level === 'error' ? [text] : []))
  }

  /** Throws ScenarioFailure for errors that the scenario did not take. */
  checkLog(): void {
    const [error] = this.errors()
    if (error !== undefined) throw new ScenarioFailure({ peer: this.name, what: `logged "${error}"`, expected: [] })
  }

  /** Throws ScenarioFailure unless all tables are empty; those named in `but` are left out. */
  async checkCensus(but: readonly (keyof StackCensus)[] = []): Promise<void> {
    if (this.#stack === undefined) return
    const left = Object.entries(await this.#stack.census()).filter(
      ([table, size]) => !but.some(each => each === table) && size > 0,
    )
    if (left.length === 0) return
    const tables = left.map(([table, size]) => `${table}: ${size}`).join(', ')
    throw new ScenarioFailure({
      peer: this.name,
      what: `its tables are not empty at the end (${tables})`,
      expected: ['an empty census'],
    })
  }
}
