/** An application that runs: its servlets, its context, and the sessions that it has at the moment. */

import { TextTable, type TimerHandle } from '../actor/actor.js'
import type { AppDescriptor, ServletDescriptor } from './descriptor.js'
import { type Listener, Listeners } from './listeners.js'
import { blame, type Runtime } from './runtime.js'
import { ServletContext } from './servlet-context.js'
import { SipApplicationSession } from './sip-application-session.js'
import type { SipServlet } from './sip-servlet.js'
import type { SipServletRequest } from './sip-servlet-request.js'
import type { SipServletResponse } from './sip-servlet-response.js'

/** How long an `init` may take at the start, and a `destroy` at the end, in ms. */
const PATIENCE = 10_000

/** A servlet with whether its `init` has run; those without loadOnStartup run it before their first message. */
interface Loaded {
  readonly descriptor: ServletDescriptor
  readonly servlet: SipServlet
  started: Promise<void> | undefined
  isReady: boolean
}

export class ServletApplication {
  readonly descriptor: AppDescriptor
  readonly runtime: Runtime
  readonly context: ServletContext
  readonly listeners: Listeners
  readonly #servlets: ReadonlyMap<string, Loaded>
  readonly #sessions: TextTable<SipApplicationSession>
  readonly #byKey: TextTable<SipApplicationSession>
  #emptied: (() => void) | undefined

  /** Makes its servlets and listeners. Throws what their constructors throw, and TypeError for what is no servlet. */
  constructor(descriptor: AppDescriptor, runtime: Runtime) {
    this.descriptor = descriptor
    this.runtime = runtime
    this.#sessions = new TextTable(runtime.stack.random.uint32())
    this.#byKey = new TextTable(runtime.stack.random.uint32())
    this.context = new ServletContext(this)
    const loaded = descriptor.servlets.map(each => this.#load(each))
    this.#servlets = new Map(loaded.map(each => [each.descriptor.name, each]))
    const listeners = descriptor.listeners.map(listener => {
      // JSR 289 §12.3: a servlet that is a listener, too, is one object.
      const own = loaded.find(each => each.descriptor.class === listener)
      const made: Listener = own?.servlet ?? new listener()
      return made
    })
    this.listeners = new Listeners(listeners, thrown => this.blame('a listener', thrown))
  }

  #load(descriptor: ServletDescriptor): Loaded {
    const servlet = new descriptor.class()
    if (!isServlet(servlet)) {
      throw new TypeError(
        `the class ${descriptor.class.name} of the servlet ${descriptor.name} does not extend SipServlet`,
      )
    }
    const { name, initParams } = descriptor
    servlet.configure({ servletName: name, servletContext: this.context, initParams })
    return { descriptor, servlet, started: undefined, isReady: false }
  }

  get name(): string {
    return this.descriptor.name
  }

  get now(): number {
    return this.runtime.stack.kernel.clock.now()
  }

  /** Application sessions that live. */
  get size(): number {
    return this.#sessions.size
  }

  /** The servlet that new requests of the application belong to. */
  get mainServlet(): string {
    return this.descriptor.mainServlet ?? this.descriptor.servlets[0]?.name ?? ''
  }

  get sessions(): Iterable<SipApplicationSession> {
    return this.#sessions.values()
  }

  /**
   * Runs the `init` of those that are loaded at the start, in their order. Rejects with what one of them rejects with, and
   * when one does not end.
   */
  async start(): Promise<void> {
    const early = [...this.#servlets.values()].filter(({ descriptor }) => (descriptor.loadOnStartup ?? -1) >= 0)
    early.sort((a, b) => (a.descriptor.loadOnStartup ?? 0) - (b.descriptor.loadOnStartup ?? 0))
    for (const loaded of early) await this.#inTime(this.#ready(loaded), 'init', loaded)
  }

  /** Ends its sessions and servlets. What `destroy` throws, or that it does not end, is said and stops nothing. */
  async stop(): Promise<void> {
    for (const session of [...this.#sessions.values()]) session.invalidate()
    for (const loaded of this.#servlets.values()) {
      if (!loaded.isReady) continue
      try {
        await this.#inTime(Promise.resolve(loaded.servlet.destroy()), 'destroy', loaded)
      } catch (thrown) {
        this.blame('destroy()', thrown)
      }
    }
    this.context.attributes.clear(thrown => this.blame('an attribute', thrown))
  }

  #inTime(work: Promise<unknown>, method: string, { descriptor }: Loaded): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = `the ${method}() of the servlet ${descriptor.name} has not ended after ${PATIENCE} ms`
      const timer = this.startTimer(PATIENCE, () => reject(new TypeError(late)))
      work.then(() => resolve(), reject).finally(() => this.stopTimer(timer))
    })
  }

  /** Resolves when the last session is over. */
  emptied(): Promise<void> {
    return new Promise(resolve => {
      this.#emptied = resolve
      if (this.size === 0) resolve()
    })
  }

  /** Throws TypeError when there is no such servlet. */
  checkServlet(name: string): void {
    if (!this.#servlets.has(name)) throw new TypeError(`the application ${this.name} has no servlet ${name}`)
  }

  /** Gives a message to the servlet of its session. */
  serve(message: SipServletRequest | SipServletResponse): unknown {
    const loaded = this.#servlets.get(message.session.handler)
    if (loaded === undefined)
      throw new TypeError(`the application ${this.name} has no servlet ${message.session.handler}`)
    if (loaded.isReady) return loaded.servlet.service(message)
    return this.#ready(loaded).then(() => loaded.servlet.service(message))
  }

  /** The servlet that answers HTTP. */
  async httpServlet(): Promise<SipServlet | undefined> {
    const loaded = [...this.#servlets.values()].find(({ servlet }) => servlet.doHttp !== undefined)
    if (loaded === undefined) return undefined
    await this.#ready(loaded)
    return loaded.servlet
  }

  #ready(loaded: Loaded): Promise<void> {
    if (loaded.started !== undefined) return loaded.started
    const started = this.#init(loaded)
    loaded.started = started
    started.catch(() => {
      // The next message tries again; whoever waits for this one is told.
      loaded.started = undefined
    })
    return started
  }

  async #init(loaded: Loaded): Promise<void> {
    await loaded.servlet.init()
    loaded.isReady = true
    this.listeners.tell(each => each.servletInitialized?.(this.context, loaded.servlet))
  }

  createSession(key?: string): SipApplicationSession {
    const session = new SipApplicationSession(this, key)
    this.#sessions.set(session.id, session)
    if (key !== undefined) this.#byKey.set(key, session)
    this.listeners.tell(each => each.applicationSessionCreated?.(session))
    return session
  }

  sessionById(id: string): SipApplicationSession | undefined {
    return this.#sessions.get(id)
  }

  sessionByKey(key: string): SipApplicationSession | undefined {
    return this.#byKey.get(key)
  }

  /** It is over. */
  lost(session: SipApplicationSession): void {
    this.#sessions.delete(session.id)
    if (session.key !== undefined) this.#byKey.delete(session.key)
    if (this.size === 0) this.#emptied?.()
  }

  startTimer(after: number, fire: () => void): TimerHandle {
    return this.runtime.stack.kernel.clock.start(after, { fire })
  }

  stopTimer(handle: TimerHandle): void {
    this.runtime.stack.kernel.clock.stop(handle)
  }

  blame(what: string, thrown: unknown): void {
    blame(this.runtime, this.name, what, thrown)
  }
}

/** By what it can do: an application may come with a copy of the class. */
function isServlet(value: object): value is SipServlet {
  return ['configure', 'init', 'service', 'destroy'].every(name => typeof Reflect.get(value, name) === 'function')
}
