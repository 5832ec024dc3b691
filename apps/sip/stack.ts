/** A SIP stack: listeners, layers and, if wanted, worker threads, behind one object. */

import { type ActorRef, Kernel } from '../actor/actor.js'
import { Agent, type InviteOptions, type RequestOptions } from './agent.js'
import { Applications } from './applications.js'
import type { ActiveDialog } from './core/active-dialog.js'
import type { Call, Outcome } from './core/call.js'
import type { Complaint } from './core/context.js'
import type { Core } from './core/core.js'
import type { CoresMsg } from './core/cores.js'
import { dialogId } from './core/dialog.js'
import type { Publication } from './core/publisher.js'
import type { Referral } from './core/referral.js'
import type { Registration } from './core/registrant.js'
import type { Elsewhere } from './core/replacement-place.js'
import type { CoreState } from './core/services.js'
import type { Subscription } from './core/subscription.js'
import type { CoreClass } from './core/user-agent.js'
import { type DialogWatcher, DialogWatchers } from './dialog-watchers.js'
import { drained } from './drain.js'
import { gate } from './gate.js'
import type { DialogState, TransactionState } from './inspection.js'
import { Intake, type IntakeCounters } from './intake.js'
import { newCounters } from './layers.js'
import { Listening, type NumberedConnection } from './listening.js'
import type { TargetState } from './location/health.js'
import type { Resolver } from './location/resolver.js'
import { complaintEntry, crashEntry, guardedLog, type Log, toStandardError } from './log.js'
import { reloadNames, resolverOf } from './names.js'
import { Overview, type ShardState, type StackCensus, type StackCounters } from './overview.js'
import { systemRandom } from './random.js'
import { RunningLayers } from './running-layers.js'
import { callIdFor, type Shards, slotOf } from './shard.js'
import type { ShardMsg } from './shard-node.js'
import { type StackConfig, type StackOptions, stackConfig } from './stack-options.js'
import { newTag, type Random } from './syntax/ids.js'
import type { Request } from './syntax/message.js'
import type { Uri } from './syntax/uri.js'
import type { ActorState, TimerState } from './thread-view.js'
import { Threads } from './threads.js'
import type { Trace } from './trace/trace.js'
import { traced } from './tracing.js'
import type { Ban } from './transport/admission.js'
import { type Locals, placeText } from './transport/flow.js'
import type { ListenOptions } from './transport/listen-point.js'
import type { Network } from './transport/network.js'
import type { TlsOptions } from './transport/tls-options.js'

export class SipStack {
  readonly kernel: Kernel
  /** What its tags and Call-IDs are drawn from. */
  readonly random: Random
  /** The latest messages and transport events; undefined when the stack was started with `trace: false`. */
  readonly trace: Trace | undefined
  readonly #config: StackConfig
  readonly #agent: Agent
  readonly #intake: Intake
  readonly #log: Log
  readonly #network: Network
  readonly #shards: Shards
  readonly #applications: Applications
  readonly #resolver: Resolver
  readonly #layers: RunningLayers
  readonly #counters = newCounters()
  readonly #watchers = new DialogWatchers(
    entry => this.#log(entry),
    isOn => this.#threads.tell({ kind: 'watch', isOn }),
  )
  readonly #overview: Overview
  readonly #threads: Threads
  readonly #cores = (): ActorRef<CoresMsg> => this.#layers.current.cores
  readonly #complain = (complaint: Complaint): void => this.#log(complaintEntry(complaint))
  #listening: Listening | undefined
  #locals: Locals | undefined
  #closed: Promise<void> | undefined

  private constructor(options: StackOptions) {
    this.#config = stackConfig(options)
    this.#log = guardedLog(options.log ?? toStandardError)
    const crashed = (report: Parameters<typeof crashEntry>[0]): void => this.#log(crashEntry(report))
    this.kernel = new Kernel({ crashed, ...(options.clock === undefined ? {} : { clock: options.clock }) })
    const seen = traced(options, { kernel: this.kernel, config: this.#config.trace, log: this.#log })
    this.trace = seen.trace
    this.#network = seen.network
    const random = options.random ?? systemRandom()
    this.random = random
    this.#shards = { count: this.#config.threads, mark: newTag(random).slice(0, 8) }
    this.#intake = new Intake(options, {
      kernel: this.kernel,
      slotOf: callId => slotOf(this.#shards, callId),
      backlog: reader => this.#threads.backlog(reader),
    })
    const { threads, timers, policy } = this.#config
    const newCallId = (): string => callIdFor(this.#shards, threads, random)
    const elsewhere: Elsewhere = callId => this.#threads.at(slotOf(this.#shards, callId))
    const asking = { kernel: this.kernel, cores: this.#cores, random, newCallId, timers }
    this.#agent = new Agent({ ...asking, isShared: threads > 0 })
    this.#resolver = resolverOf(options, this.kernel.clock, random)
    const context = { timers, random, policy, complain: this.#complain, elsewhere }
    this.#layers = new RunningLayers(this.kernel, {
      ...{ ...context, newCallId, resolver: this.#resolver, counters: this.#counters, watch: this.#watchers.own },
      up: ({ reader }) => this.#intake.inlet.open(this.#config.threads, reader),
      gaveUp: () => {
        this.#log({ level: 'error', module: 'actors', text: 'the layers of the stack ended too often: it is closed' })
        void this.close()
      },
    })
    this.#overview = new Overview({
      ...{ kernel: this.kernel, layers: this.#layers, intake: this.#intake, counters: this.#counters },
      nodes: () => this.#threads.nodes,
      listening: () => this.#listening,
    })
    this.#applications = new Applications({
      ...{ kernel: this.kernel, layers: this.#layers, agent: this.#agent, isShared: threads > 0 },
      context,
      shards: () => this.#threads.refs,
    })
    this.#threads = new Threads({
      ...{ kernel: this.kernel, log: this.#log },
      introduce: shard => this.#introduce(shard),
      down: slot => this.#intake.inlet.shut(slot),
    })
  }

  /**
   * Starts a stack; it listens when this resolves. Rejects with ListenError when a place to listen cannot be had, with
   * TypeError for options that make no sense. Nothing is left running then.
   */
  static async start(options: StackOptions = {}): Promise<SipStack> {
    const stack = new SipStack(options)
    try {
      if (stack.#config.threads > 0) await stack.#startThreads()
      await stack.#listen()
    } catch (error) {
      await stack.close()
      throw error
    }
    return stack
  }

  /** Where it listens, as `udp:127.0.0.1:5060`, in the order of the options, with the ports that were chosen. */
  get listening(): readonly string[] {
    return (this.#locals?.listeners ?? []).map(placeText)
  }

  /**
   * Listens at one more place; resolves with it, as in `listening`. Rejects with ListenError when it cannot be had, with
   * TypeError for what is no place; the others go on either way.
   */
  async listen(where: string | ListenOptions): Promise<string> {
    if (this.#listening === undefined) throw new TypeError('the stack has not been started')
    return this.#listening.open(where)
  }

  /** Listens no more at a place of `listening`, and resolves with whether it was one. Connections made there live on. */
  async unlisten(place: string): Promise<boolean> {
    return (await this.#listening?.close(place)) ?? false
  }

  /** Has other `tls` options for connections to come. Throws TypeError for bad ones, and where a listener would have no certificate. */
  setTls(tls: TlsOptions): void {
    this.#listening?.setTls(tls)
  }

  /**
   * Registers a core, or a class of one; one of the same name is replaced, and its calls go on with the new one. With
   * threads it stays on this one, and requests come to it from the others: state that spans calls is in one place, and
   * `load` is faster. Throws TypeError for what is no core.
   */
  register(core: Core | CoreClass): void {
    this.#applications.register(core)
  }

  /**
   * Registers the core that a module exports by default, on every thread; one whose placement is `one` on this one only.
   * Rejects when the module cannot be used.
   */
  load(module: URL | string): Promise<void> {
    return this.#applications.load(String(module))
  }

  /** Takes a core out of service; what it has begun goes on. */
  unregister(name: string): void {
    this.#applications.unregister(name)
  }

  /** Places a call: §13.2. A request that `createRequest` has made may stand for the URI. Throws TypeError as that. */
  invite(to: string | Uri | Request, options?: InviteOptions): Call {
    return this.#agent.invite(to, options)
  }

  /** Sends a request outside a dialog, no INVITE, and settles with its end; `to` and TypeErrors as for `invite`. Never rejects. */
  request(method: string, to: string | Uri | Request, options?: RequestOptions): Promise<Outcome> {
    return this.#agent.request(method, to, options)
  }

  /** A request to look at and to change before it is sent: see `Agent`. Throws TypeError for what cannot be written. */
  createRequest(method: string, uri: string | Uri, options?: RequestOptions): Request {
    return this.#agent.createRequest(method, uri, options)
  }

  /** Takes up a call of another stack: see `restore` of `Agent`. */
  restore(...given: Parameters<Agent['restore']>): ActiveDialog {
    return this.#agent.restore(...given)
  }

  /** Keeps an address of record registered (§10.2). Throws TypeError for what cannot be registered. */
  keepRegistered(aor: string | Uri, options?: Parameters<Agent['keepRegistered']>[1]): Registration {
    return this.#agent.keepRegistered(aor, options)
  }

  /** Keeps a state published (RFC 3903 §4). Throws TypeError for what cannot be published. */
  publish(uri: string | Uri, options: Parameters<Agent['publish']>[1]): Publication {
    return this.#agent.publish(uri, options)
  }

  /** Subscribes to the state of a resource (RFC 6665 §4.1). Throws TypeError for what cannot be written. */
  subscribe(uri: string | Uri, options: Parameters<Agent['subscribe']>[1]): Subscription {
    return this.#agent.subscribe(uri, options)
  }

  /** Refers somebody to somebody else, outside any call (RFC 3515): see `Agent`. */
  refer(...asked: Parameters<Agent['refer']>): Referral {
    return this.#agent.refer(...asked)
  }

  /** Does what a REFER asks for, and tells its sender what comes of it (RFC 3515 §2.4): see `Agent`. */
  follow(...asked: Parameters<Agent['follow']>): Call | undefined {
    return this.#agent.follow(...asked)
  }

  /** The registered cores, with the requests that each has had, over all threads. */
  cores(): Promise<readonly CoreState[]> {
    return this.#overview.cores()
  }

  /** The servers that did not answer lately, and are tried last for a while; those of the threads come after ours. */
  targets(): Promise<readonly TargetState[]> {
    return this.#overview.targets()
  }

  /** Reads resolv.conf and the hosts file again, and forgets what the DNS has said. */
  reloadNames(): void {
    reloadNames(this.#resolver)
    this.kernel.send(this.#layers.current.locator(), { kind: 'flush' })
    this.#threads.tell({ kind: 'reloadNames' })
  }

  /** How much there is of everything: all 0 when nothing goes on. */
  census(): Promise<StackCensus> {
    return this.#overview.census()
  }

  /** The threads: how late they are, and what each holds. */
  shards(): Promise<readonly ShardState[]> {
    return this.#overview.shards()
  }

  /** The latest `most` connections, oldest first. */
  async connections(most = 100): Promise<readonly NumberedConnection[]> {
    return (await this.#listening?.connectionStates(most)) ?? []
  }

  /** Closes the connection of that `id`, and resolves with whether there was one. What it carries has failed. */
  async closeConnection(id: number): Promise<boolean> {
    return (await this.#listening?.closeConnection(id)) ?? false
  }

  /** At most `most` transactions of each thread: those that go on, then those that only wait for their last timer. */
  transactions(most = 100): Promise<readonly TransactionState[]> {
    return this.#overview.transactions(most)
  }

  /** Hangs up the call of a dialog, whoever placed it (§15); resolves with whether there is such a dialog. */
  endDialog({ callId, localTag, remoteTag }: Pick<DialogState, 'callId' | 'localTag' | 'remoteTag'>): Promise<boolean> {
    return this.#overview.endDialog(dialogId(callId, localTag, remoteTag))
  }

  /** At most `most` dialogs of each thread, as they are now (§12). */
  dialogs(most = 100): Promise<readonly DialogState[]> {
    return this.#overview.dialogs(most)
  }

  /**
   * Tells of each dialog that begins, changes (its state, remote target or usages) or is over, until the function that is
   * returned is called. Those of a thread that dies are lost without a word.
   */
  watchDialogs(watcher: DialogWatcher): () => void {
    return this.#watchers.add(watcher)
  }

  /** The actors of all threads as text, each under the one that started it. */
  tree(): Promise<string> {
    return this.#overview.tree()
  }

  /** The oldest `most` actors of each thread, as data. */
  actors(most = 1000): Promise<readonly ActorState[]> {
    return this.#overview.actors(most)
  }

  /** The `most` timers that fire next. Transactions that only wait for their last timer share a few, and are not among them. */
  timers(most = 100): Promise<readonly TimerState[]> {
    return this.#overview.timers(most)
  }

  /** The slots of the worker threads that are up. */
  threads(): readonly number[] {
    return this.#threads.nodes.map(({ slot }) => slot)
  }

  /** Kills a worker thread with all its calls, for tests of what then happens; it is back at once. */
  killThread(slot: number): void {
    this.#threads.kill(slot)
  }

  /** The sources that are not heard at the moment, with the reason; see `admission` in the options. */
  bans(): readonly Ban[] {
    return this.#intake.admission?.bans ?? []
  }

  /** How much of what came was not let in. */
  get intake(): IntakeCounters {
    return this.#intake.counters
  }

  /** What was counted, over all threads: messages, and what of them was odd, refused or lost. */
  counters(): Promise<StackCounters> {
    return this.#overview.counters()
  }

  /** Hears a source again. */
  pardon(address: string): void {
    this.#intake.admission?.pardon(address)
  }

  /**
   * Ends without hurry: from now on new work is refused with 503, new requests of our own fail, and what goes on is
   * served until nothing does or `deadline` ms have passed; then calls are ended with BYE, and everything is closed. Resolves with what was left at the deadline.
   */
  async drain(deadline = 30_000): Promise<StackCensus> {
    this.#intake.inlet.draining = true
    const tell = (kind: 'drain' | 'hangUp'): void => {
      this.kernel.send(this.#layers.current.cores, { kind })
      this.#threads.tell({ kind })
    }
    const own = { clock: this.kernel.clock, census: () => this.census(), isClosed: () => this.#closed !== undefined }
    const left = await drained({ ...own, tell }, deadline)
    await this.close()
    return left
  }

  /** Whether `drain` has been asked for. */
  get isDraining(): boolean {
    return this.#intake.inlet.draining
  }

  /** Ends everything: sockets, calls, threads. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await this.#threads.close()
    this.#intake.close()
    this.kernel.close()
    this.#resolver.close()
  }

  async #startThreads(): Promise<void> {
    const { threads, timers, dns, policy } = this.#config
    const arg = { intake: this.#intake, complain: this.#complain, dialogs: this.#watchers, cores: this.#cores }
    const names = { gate: this.kernel.spawn(gate, arg) }
    await this.#threads.start(threads, { timers, shards: this.#shards, dns, policy }, names)
  }

  /** Tells a thread that has come up what the others know already. */
  async #introduce(shard: ActorRef<ShardMsg>): Promise<void> {
    if (this.#locals !== undefined) this.kernel.send(shard, { kind: 'locals', locals: this.#locals })
    this.kernel.send(shard, { kind: 'watch', isOn: this.#watchers.isOn })
    await this.#applications.introduce(shard)
  }

  async #listen(): Promise<void> {
    this.#listening = new Listening({
      ...this.#config,
      ...{ kernel: this.kernel, inlet: this.#intake.inlet, network: this.#network, log: this.#log },
      ...{ seed: this.random.uint32(), changed: locals => this.#announce(locals) },
    })
    this.#announce(await this.#listening.ready())
  }

  #announce(locals: Locals): void {
    this.#locals = locals
    this.#layers.announce(locals)
    this.#threads.tell({ kind: 'locals', locals })
  }
}
