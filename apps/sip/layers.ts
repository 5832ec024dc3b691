/** The layers of the stack on one thread, as supervised actors: when one dies, those above it start anew with it. */

import { type ActorRef, type Behavior, type Kernel, type SupervisorSpec, shutdown, supervisor } from '../actor/actor.js'
import { believed, type StackPolicy, trustOf } from './core/asserted-identity.js'
import type { Complaint } from './core/context.js'
import { type CoresMsg, cores } from './core/cores.js'
import type { DialogWatch } from './core/dialog-state.js'
import type { Elsewhere } from './core/replacement-place.js'
import { type LocatorMsg, locator } from './location/locator.js'
import type { Resolver } from './location/resolver.js'
import type { Random } from './syntax/ids.js'
import { newSyntaxCounters, type SyntaxCounters } from './syntax/syntax-counters.js'
import type { TimerConfig } from './transaction/timers.js'
import { type TransactionsArg, type TransactionsMsg, transactions } from './transaction/transactions.js'
import type { Received } from './transport/flow.js'
import { reader } from './transport/reader.js'
import { type TransportCounters, type TransportMsg, transport } from './transport/transport.js'

export interface Layers {
  readonly reader: ActorRef<Received>
  readonly locator: () => ActorRef<LocatorMsg>
  readonly transport: ActorRef<TransportMsg>
  readonly transactions: ActorRef<TransactionsMsg>
  readonly cores: ActorRef<CoresMsg>
}

export interface LayersOptions {
  readonly timers: TimerConfig
  readonly random: Random
  readonly resolver: Resolver
  readonly newCallId: () => string
  readonly policy: StackPolicy
  readonly complain: (complaint: Complaint) => void
  readonly watch: DialogWatch
  readonly elsewhere: Elsewhere
  readonly counters: SyntaxCounters & TransportCounters
  /** Told of the actors at the start and whenever they have been started anew. */
  readonly up: (layers: Layers) => void
  /** They ended too often to be started once more: without them this thread is of no use. */
  readonly gaveUp: () => void
}

export function newCounters(): SyntaxCounters & TransportCounters {
  return { ...newSyntaxCounters(), requests: 0, responses: 0, misdirected: 0, undelivered: 0 }
}

/** Starts the layers; `up` has been called when it returns. */
export function startLayers(kernel: Kernel, options: LayersOptions): void {
  let current: ActorRef<LocatorMsg> | undefined
  const { resolver, random } = options
  // Apart from the layers: what it loses is a memory, and no call should end for that.
  kernel.spawn(supervisor, {
    label: 'location',
    strategy: 'one_for_one',
    ...tolerance,
    children: [
      {
        ...child,
        id: 'locator',
        start: self => {
          current = self.spawn(locator, { resolver, seed: random.uint32() })
          return current
        },
      },
    ],
  })
  kernel.spawn(keeper, { spec: layersSpec(options, () => given(current)), gaveUp: options.gaveUp })
}

/** Above the supervisor stands whoever decides what a thread without layers is worth. */
const keeper: Behavior<{ readonly kind: 'gone' }, Pick<LayersOptions, 'gaveUp'> & { readonly spec: SupervisorSpec }> = {
  label: 'keeper',
  init({ spec, gaveUp }, self) {
    const layers = self.spawn(supervisor, spec, { down: () => ({ kind: 'gone' }) })
    self.defer(() => self.exit(layers, shutdown))
    return () => gaveUp()
  },
}

const child = { restart: 'permanent', shutdown: 1000 } as const
const tolerance = { intensity: 10, period: 10_000 } as const

/** Bottom up, since each layer is given the one below; the reader comes last and is the only way in. */
function layersSpec(
  { timers, random, newCallId, policy, complain, watch, elsewhere, counters, up }: LayersOptions,
  locator: Layers['locator'],
): SupervisorSpec {
  let below: Partial<Layers> = {}
  return {
    label: 'layers',
    strategy: 'rest_for_one',
    ...tolerance,
    children: [
      {
        ...child,
        id: 'transport',
        start: self => {
          below = { transport: self.spawn(transport, { counters, locator }) }
          return given(below.transport)
        },
      },
      {
        ...child,
        id: 'transactions',
        start: self => {
          const trusted = trustOf(policy)
          const edge: TransactionsArg['edge'] = (response, source) => believed(response, source, trusted)
          const arg = { transport: given(below.transport), timers, seed: random.uint32(), edge }
          below = { ...below, transactions: self.spawn(transactions, arg) }
          return given(below.transactions)
        },
      },
      {
        ...child,
        id: 'cores',
        start: self => {
          const context = {
            transport: given(below.transport),
            transactions: given(below.transactions),
            ...{ locator, timers, random, newCallId, policy, complain, watch, elsewhere },
          }
          below = { ...below, cores: self.spawn(cores, context) }
          return given(below.cores)
        },
      },
      {
        ...child,
        id: 'reader',
        start: self => {
          const ref = self.spawn(reader, { transport: given(below.transport), counters })
          up({
            reader: ref,
            locator,
            transport: given(below.transport),
            transactions: given(below.transactions),
            cores: given(below.cores),
          })
          return ref
        },
      },
    ],
  }
}

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a layer was started before the one below it')
  return value
}
