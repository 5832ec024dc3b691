/** What the layers of one thread hold for calls and requests: all of it is 0 when nothing goes on. */

import type { Kernel } from '../actor/actor.js'
import type { Layers } from './layers.js'

export interface Traffic {
  /** Transactions that are actors, and those that only wait for their last timer. */
  readonly transactions: number
  readonly asleep: number
  /** Requests being answered. */
  readonly servers: number
  /** Requests of our own that are no INVITE, and calls being placed. */
  readonly clients: number
  readonly calls: number
  readonly dialogs: number
  /** Requests that wait for the DNS. */
  readonly lookups: number
}

export const noTraffic: Traffic = {
  transactions: 0,
  asleep: 0,
  servers: 0,
  clients: 0,
  calls: 0,
  dialogs: 0,
  lookups: 0,
}

/** ms that a layer gets to answer. */
const PATIENCE = 2000

export async function trafficOf(kernel: Kernel, { transactions, cores, locator }: Layers): Promise<Traffic> {
  const [below, above, beside] = await Promise.all([
    kernel.ask(transactions, { kind: 'count' }, PATIENCE),
    kernel.ask(cores, { kind: 'count' }, PATIENCE),
    kernel.ask(locator(), { kind: 'count' }, PATIENCE),
  ])
  const counted = below.kind === 'answered' ? below.value : { awake: 0, asleep: 0 }
  const used = above.kind === 'answered' ? above.value : { servers: 0, clients: 0, calls: 0, dialogs: 0 }
  const lookups = beside.kind === 'answered' ? beside.value.waiting : 0
  return { transactions: counted.awake, asleep: counted.asleep, ...used, lookups }
}

export function addTraffic(a: Traffic, b: Traffic): Traffic {
  return {
    transactions: a.transactions + b.transactions,
    asleep: a.asleep + b.asleep,
    servers: a.servers + b.servers,
    clients: a.clients + b.clients,
    calls: a.calls + b.calls,
    dialogs: a.dialogs + b.dialogs,
    lookups: a.lookups + b.lookups,
  }
}
