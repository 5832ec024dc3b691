/** What runs on each worker thread: the layers, and an actor that does for them what the main thread asks. */

import { type ActorRef, type Behavior, type Kernel, type Names, type NodeContext, named, tree } from '../actor/actor.js'
import { Agent } from './agent.js'
import { coreOf } from './application.js'
import type { StackPolicy } from './core/asserted-identity.js'
import type { Complaint } from './core/context.js'
import type { CoresMsg } from './core/cores.js'
import type { DialogHappening, DialogWatch } from './core/dialog-state.js'
import { type Placed, RemoteCore } from './core/remote-core.js'
import type { Elsewhere, ReplacementMsg } from './core/replacement-place.js'
import { loopLag } from './event-loop.js'
import { newCounters } from './layers.js'
import type { LocatorMsg } from './location/locator.js'
import { type DnsOptions, reloadNames, resolverOf } from './names.js'
import { systemRandom } from './random.js'
import { RunningLayers } from './running-layers.js'
import { callIdFor, slotOf } from './shard.js'
import type { SyntaxCounters } from './syntax/syntax-counters.js'
import { type ActorState, actorStates, type TimerState, timerStates } from './thread-view.js'
import { type Traffic, trafficOf } from './traffic.js'
import type { TimerConfig } from './transaction/timers.js'
import type { TransactionsMsg } from './transaction/transactions.js'
import type { Locals, Received } from './transport/flow.js'
import type { Load } from './transport/overload.js'
import type { TransportCounters } from './transport/transport.js'

export type KernelSize = { readonly actors: number; readonly timers: number }

/** How much of what is asked for is wanted, and how we are to be called. */
type View = { readonly thread: number; readonly most: number }

export type ShardMsg =
  | { readonly kind: 'locals'; readonly locals: Locals }
  /** Every application is loaded: from now on messages may come. */
  | { readonly kind: 'open' }
  /** Loads an application; answered with an empty text, or with what is wrong with it. */
  | { readonly kind: 'load'; readonly url: string; readonly replyTo: ActorRef<string> }
  | { readonly kind: 'loaded'; readonly problem: string; readonly replyTo: ActorRef<string> }
  /** A core that is at home on the main thread. */
  | ({ readonly kind: 'place' } & Placed)
  | { readonly kind: 'unregister'; readonly name: string }
  | { readonly kind: 'traffic'; readonly replyTo: ActorRef<Traffic> }
  | { readonly kind: 'counted'; readonly traffic: Traffic; readonly replyTo: ActorRef<Traffic> }
  | { readonly kind: 'uncounted' }
  | { readonly kind: 'weigh' }
  | Extract<CoresMsg, { kind: 'drain' | 'hangUp' }>
  | { readonly kind: 'counters'; readonly replyTo: ActorRef<SyntaxCounters & TransportCounters> }
  | { readonly kind: 'kernel'; readonly replyTo: ActorRef<KernelSize> }
  | ({ readonly kind: 'actors'; readonly replyTo: ActorRef<readonly ActorState[]> } & View)
  | ({ readonly kind: 'timers'; readonly replyTo: ActorRef<readonly TimerState[]> } & View)
  | Extract<TransactionsMsg, { kind: 'list' }>
  | Extract<CoresMsg, { kind: 'cores' | 'dialogs' | 'endDialog' }>
  /** Whether somebody wants to hear of the dialogs of this thread. */
  | { readonly kind: 'watch'; readonly isOn: boolean }
  /** The targets of this thread that failed lately. */
  | Extract<LocatorMsg, { kind: 'targets' }>
  | { readonly kind: 'reloadNames' }
  | ReplacementMsg
  | { readonly kind: 'tree'; readonly replyTo: ActorRef<string> }

/** To the main thread. */
export type GateMsg =
  | { readonly kind: 'opened'; readonly slot: number; readonly reader: ActorRef<Received> }
  | { readonly kind: 'complaint'; readonly complaint: Complaint }
  | ReplacementMsg
  | { readonly kind: 'load'; readonly slot: number; readonly load: Load }
  | { readonly kind: 'dialog'; readonly slot: number; readonly happening: DialogHappening }

/** How a shard is set up. */
export type ShardArg = {
  readonly timers: { readonly [Timer in keyof TimerConfig]: number }
  readonly shards: { readonly count: number; readonly mark: string }
  readonly dns: DnsOptions
  readonly policy: { readonly [Part in keyof StackPolicy]: StackPolicy[Part] }
}

/** The piscina side of the kernel calls this once per thread. */
export function start({ kernel, slot, arg, names, nodes }: NodeContext): Names {
  const { timers, shards, dns, policy } = arg as object as ShardArg
  const gate = named<GateMsg>(names, 'gate')
  if (gate === undefined) throw new TypeError('a shard needs a gate to report to')
  const random = systemRandom()
  const newCallId = (): string => callIdFor(shards, slot, random)
  const resolver = resolverOf({ dns }, kernel.clock, random)
  const counters = newCounters()
  const watch: DialogWatch = { tell: undefined }
  const elsewhere: Elsewhere = callId => {
    const owner = slotOf(shards, callId)
    if (owner === slot) return undefined
    return owner === shards.count ? gate : named<ShardMsg>(nodes.get(owner) ?? {}, 'shard')
  }
  let serving = false
  const layers = new RunningLayers(kernel, {
    ...{ timers, random, newCallId, policy, watch, elsewhere, counters },
    resolver,
    complain: complaint => kernel.send(gate, { kind: 'complaint', complaint }),
    up: ({ reader }) => {
      if (serving) kernel.send(gate, { kind: 'opened', slot, reader })
    },
    // The thread goes, and the cluster starts another one in its place.
    gaveUp: () =>
      queueMicrotask(() => {
        throw new Error('the layers of this thread ended too often')
      }),
  })
  const agent = new Agent({ kernel, cores: () => layers.current.cores, random, newCallId, timers, isShared: true })
  const open = (): void => {
    serving = true
    kernel.send(gate, { kind: 'opened', slot, reader: layers.current.reader })
  }
  const tell = (load: Load): void => kernel.send(gate, { kind: 'load', slot, load })
  const report = (happening: DialogHappening): void => kernel.send(gate, { kind: 'dialog', slot, happening })
  return {
    shard: kernel.spawn(shard, {
      ...{ kernel, layers, agent, counters, open, tell },
      reload: () => reloadNames(resolver),
      watchDialogs: isOn => {
        watch.tell = isOn ? report : undefined
      },
    }),
  }
}

interface ShardContext {
  readonly kernel: Kernel
  readonly layers: RunningLayers
  readonly agent: Agent
  readonly counters: SyntaxCounters & TransportCounters
  readonly open: () => void
  readonly reload: () => void
  readonly watchDialogs: (isOn: boolean) => void
  /** Says how this thread is doing. */
  readonly tell: (load: Load) => void
}

/** ms between two times. */
const WEIGH = 500

const shard: Behavior<ShardMsg, ShardContext> = {
  label: 'shard',
  init({ kernel, layers, agent, counters, open, reload, watchDialogs, tell }, self) {
    const lag = loopLag()
    self.defer(() => lag.close())
    self.startTimer('weigh', WEIGH, { kind: 'weigh' })

    /** The empty text, or what is wrong. */
    async function load(url: string): Promise<string> {
      layers.register(coreOf(await import(url), url, { agent }))
      return ''
    }

    return message => {
      switch (message.kind) {
        case 'locals':
          return layers.announce(message.locals)
        case 'open':
          return open()
        case 'load': {
          const { url, replyTo } = message
          return self.pipe(
            load(url),
            problem => ({ kind: 'loaded', problem, replyTo }),
            error => ({ kind: 'loaded', problem: String(error), replyTo }),
          )
        }
        case 'loaded':
          return self.send(message.replyTo, message.problem)
        case 'place':
          return layers.register(new RemoteCore(message))
        case 'unregister':
          return layers.unregister(message.name)
        case 'uncounted':
          return
        case 'weigh':
          tell({ lag: lag.read(), actors: kernel.census().actors })
          return self.startTimer('weigh', WEIGH, { kind: 'weigh' })
        case 'traffic': {
          const { replyTo } = message
          const counted = (traffic: Traffic): ShardMsg => ({ kind: 'counted', traffic, replyTo })
          return self.pipe(trafficOf(kernel, layers.current), counted, () => ({ kind: 'uncounted' }))
        }
        case 'counted':
          return self.send(message.replyTo, message.traffic)
        case 'drain':
        case 'hangUp':
          return self.send(layers.current.cores, message)
        case 'cores':
        case 'dialogs':
        case 'endDialog':
        case 'replaceable':
        case 'replaced':
          return self.send(layers.current.cores, message)
        case 'watch':
          return watchDialogs(message.isOn)
        case 'list':
          return self.send(layers.current.transactions, message)
        case 'counters':
          return self.send(message.replyTo, { ...counters })
        case 'kernel': {
          const { actors, timers } = kernel.census()
          return self.send(message.replyTo, { actors, timers })
        }
        case 'actors':
          return self.send(message.replyTo, actorStates(kernel, message.thread, message.most))
        case 'timers':
          return self.send(message.replyTo, timerStates(kernel, message.thread, message.most))
        case 'targets':
          return self.send(layers.current.locator(), message)
        case 'reloadNames':
          reload()
          return self.send(layers.current.locator(), { kind: 'flush' })
        case 'tree':
          return self.send(message.replyTo, tree(kernel))
      }
    }
  },
}
