/** A peer with a SIP stack of its own, and what is left in it when a scenario is over. */

import type { Core, LogEntry, SipStack, StackCensus, StackOptions } from '../sip/sip.js'
import { ScenarioFailure } from './failure.js'
import type { Peer } from './raw-peer.js'
import type { Place } from './raw-transport.js'
import type { Host } from './setting.js'

export interface StackPeerOptions {
  readonly cores?: readonly Core[]
  /** ms. */
  readonly timers?: { readonly T1?: number; readonly T2?: number; readonly T4?: number }
  /** Where it finds the addresses of names; nowhere unless given. */
  readonly resolver?: NonNullable<StackOptions['resolver']>
}

export class StackPeer implements Peer {
  readonly name: string
  readonly place: Place
  readonly stack: SipStack
  readonly #host: Host
  readonly #log: LogEntry[]

  constructor(name: string, host: Host, stack: SipStack, log: LogEntry[]) {
    this.name = name
    this.#host = host
    this.stack = stack
    this.#log = log
    const [listening = ''] = stack.listening
    const [, address = '', port = ''] = /^\w+:\[?(.*?)\]?:(\d+)$/.exec(listening) ?? []
    this.place = { address, port: Number(port) }
  }

  uri(user: string = this.name): string {
    return this.#host.uri(user, this.place)
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
    const left = Object.entries(await this.stack.census()).filter(
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
