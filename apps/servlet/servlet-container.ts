/** Runs servlet applications on a SIP stack: gives them what is theirs, one thing after the other (JSR 289 §15, §16). */

import { TextTable } from '../actor/actor.js'
import {
  type CallHandlers,
  type Core,
  guardedLog,
  type Incoming,
  type Log,
  type Request,
  type Secret,
  type SipStack,
  toStandardError,
} from '../sip/sip.js'
import { type ApplicationRouter, deploymentOrder, type NextApplication } from './application-router.js'
import { cancelOf, ownRoute, withoutOwnRoute } from './arrival.js'
import { Deployed, type Guard, guardName } from './deployed.js'
import { type AppDescriptor, faultsOf, type SecurityConstraint } from './descriptor.js'
import type { HttpReply, HttpRequest } from './http-exchange.js'
import { InnerRequests } from './inner-requests.js'
import { Leaving } from './leaving.js'
import { type Runtime, sessionKey } from './runtime.js'
import { ServletApplication } from './servlet-application.js'
import { illegalState } from './servlet-error.js'
import { SipServletRequest } from './sip-servlet-request.js'
import type { SipSession } from './sip-session.js'

/** Who there is, for applications with security constraints. */
export interface UserRealm {
  /** The password of a user of a realm, or its hashes; undefined where there is no such user. */
  lookup(username: string, realm: string): Secret | Promise<Secret>
  roles(username: string): readonly string[]
}

export interface ContainerOptions {
  /** Told what applications log and do wrong; entries go to standard error unless given. */
  readonly log?: Log
  /** By order of deployment unless given. */
  readonly router?: ApplicationRouter
  readonly users?: UserRealm
  /** Among the cores of the stack; 0 unless given. */
  readonly priority?: number
  /** Option tags that the applications understand besides 100rel. */
  readonly supported?: readonly string[]
}

export interface DeployOptions {
  /** Takes the place of the one of its name, whose sessions have `grace` ms to end. */
  readonly replace?: boolean
  readonly grace?: number
}

/** Gives an application nothing new, and ends it when its sessions have, or after `grace` ms; at once unless given. */
export type Undeploy = (grace?: number) => Promise<void>

/** All tables of a container by size: but for the applications every figure is 0 when nothing goes on. */
export interface ContainerCensus {
  readonly applications: number
  readonly applicationSessions: number
  /** Sessions that requests inside a dialog can come to. */
  readonly sessions: number
  /** Requests on their way from one application to the next. */
  readonly inner: number
}

/** Who is to serve a request. */
interface Choice {
  readonly deployed: Deployed
  readonly servlet: string
  readonly next: NextApplication
  readonly constraint: SecurityConstraint | undefined
}

const OPEN = 'servlets'

export class ServletContainer {
  readonly #stack: SipStack
  readonly #options: ContainerOptions
  readonly #runtime: Runtime
  readonly #router: ApplicationRouter
  readonly #inner: InnerRequests
  #deployed: readonly Deployed[] = []
  /** Those that serve their last sessions. */
  #leaving: readonly Leaving[] = []
  /** The names of the guards that the applications need. */
  #guards: ReadonlySet<string> = new Set()
  /** INVITEs by what the stack knows them as, for their CANCEL. */
  readonly #invites = new WeakMap<Incoming, SipServletRequest>()
  /** Several cores ask about the same request. */
  #asked: { readonly request: Request; readonly choice: Choice | undefined } | undefined

  /** Throws TypeError for a stack with threads: applications share one context, and their calls are with it. */
  constructor(stack: SipStack, options: ContainerOptions = {}) {
    if (stack.threads().length > 0) {
      throw new TypeError('servlets need a stack with threads: 0: their applications share one context')
    }
    const { log = toStandardError, router = deploymentOrder, users } = options
    this.#stack = stack
    this.#options = options
    this.#router = router
    this.#inner = new InnerRequests(stack)
    this.#runtime = {
      stack,
      log: guardedLog(log),
      sessions: new TextTable<SipSession>(stack.random.uint32()),
      handlers: this.#handlers(),
      leaving: request => this.#leave(request),
      rolesOf: user => users?.roles(user) ?? [],
    }
    stack.register(this.#core(OPEN))
  }

  /** Names of what is deployed, in order. */
  get applications(): readonly string[] {
    return this.#deployed.map(({ name }) => name)
  }

  census(): ContainerCensus {
    const running = [...this.#deployed, ...this.#leaving].map(({ application }) => application)
    return {
      applications: running.length,
      applicationSessions: running.reduce((sum, { size }) => sum + size, 0),
      sessions: this.#runtime.sessions.size,
      inner: this.#inner.size,
    }
  }

  /**
   * Starts an application behind those that there are, and resolves with what ends it: from then on it gets nothing new, and
   * its sessions have `grace` ms to end. Rejects when it cannot be used, or when there is one of its name; with `replace` it
   * takes the place of that one.
   */
  async deploy(descriptor: AppDescriptor, { replace = false, grace = 0 }: DeployOptions = {}): Promise<Undeploy> {
    this.#check(descriptor, replace)
    const application = new ServletApplication(descriptor, this.#runtime)
    const deployed = new Deployed(application)
    try {
      await application.start()
      this.#check(descriptor, replace)
    } catch (error) {
      await application.stop()
      throw error
    }
    const before = this.#find(descriptor.name)
    this.#serve(
      before === undefined
        ? [...this.#deployed, deployed]
        : this.#deployed.map(each => (each === before ? deployed : each)),
    )
    // What ends the one before resolves when its last sessions are over.
    if (before !== undefined) void this.#dismiss(before.application, grace)
    return wait => this.#withdraw(deployed, wait)
  }

  /** Ends the application of that name, as what `deploy` has resolved with does. Resolves with whether there was one. */
  async undeploy(name: string, grace?: number): Promise<boolean> {
    const deployed = this.#find(name)
    if (deployed !== undefined) await this.#withdraw(deployed, grace)
    return deployed !== undefined
  }

  async #withdraw(deployed: Deployed, grace = 0): Promise<void> {
    if (!this.#deployed.includes(deployed)) {
      return this.#leaving.find(({ application }) => application === deployed.application)?.gone
    }
    this.#serve(this.#deployed.filter(each => each !== deployed))
    await this.#dismiss(deployed.application, grace)
  }

  #find(name: string): Deployed | undefined {
    return this.#deployed.find(each => each.name === name)
  }

  /** Undeploys all, and is no core of the stack any more. */
  async close(): Promise<void> {
    this.#stack.unregister(OPEN)
    for (const leaving of this.#leaving) leaving.end()
    const left = this.#leaving.map(({ gone }) => gone)
    await Promise.all([...left, ...this.applications.map(name => this.undeploy(name))])
  }

  /** What an application says to a request over HTTP; 404 where there is none that says anything. Never rejects. */
  async http(name: string, request: HttpRequest): Promise<HttpReply> {
    const application = this.#find(name)?.application
    try {
      const servlet = await application?.httpServlet()
      return (await servlet?.doHttp?.(request)) ?? { status: 404, type: 'text/plain', body: 'Not found' }
    } catch (thrown) {
      application?.blame(`${request.method} ${request.path}: its servlet`, thrown)
      return { status: 500, type: 'text/plain', body: 'The application failed' }
    }
  }

  #check(descriptor: AppDescriptor, replace: boolean): void {
    const [fault] = faultsOf(descriptor)
    if (fault !== undefined) throw new TypeError(fault.why)
    if (!replace && this.#find(descriptor.name) !== undefined) {
      throw new TypeError(`there is an application ${descriptor.name} already`)
    }
    if (descriptor.constraints.length > 0 && this.#options.users === undefined) {
      throw new TypeError(`the application ${descriptor.name} has security constraints, and the container has no users`)
    }
  }

  #serve(deployed: readonly Deployed[]): void {
    this.#deployed = deployed
    const guards = new Map(deployed.flatMap(each => each.guards.map(guard => [guardName(guard), guard])))
    for (const name of this.#guards) if (!guards.has(name)) this.#stack.unregister(name)
    for (const [name, guard] of guards) if (!this.#guards.has(name)) this.#stack.register(this.#core(name, guard))
    this.#guards = new Set(guards.keys())
  }

  async #dismiss(application: ServletApplication, grace: number): Promise<void> {
    const leaving = new Leaving(application, grace)
    this.#leaving = [...this.#leaving, leaving]
    await leaving.gone
    this.#leaving = this.#leaving.filter(each => each !== leaving)
  }

  /** One core for what is free to all, and one for each way of asking for passwords: a request is for one of them. */
  #core(name: string, guard?: Guard): Core {
    const { priority = 0, supported = [], users } = this.#options
    const initial = (incoming: Incoming): void => this.#arrived(incoming)
    return {
      ...this.#handlers(),
      name,
      priority,
      accept: ['*/*'],
      supported: ['100rel', ...supported],
      match: request => {
        const choice = this.#choose(request)
        return choice !== undefined && nameOf(choice) === name
      },
      ...(guard === undefined || users === undefined
        ? {}
        : {
            authenticate: {
              realm: guard.realm,
              proxy: guard.proxy,
              lookup: username => users.lookup(username, guard.realm),
            },
          }),
      INVITE: initial,
      OPTIONS: initial,
      MESSAGE: initial,
      INFO: initial,
      REGISTER: initial,
      SUBSCRIBE: initial,
      NOTIFY: initial,
      PUBLISH: initial,
      REFER: initial,
      PRACK: incoming => this.#inDialog(incoming),
      CANCEL: incoming => this.#cancelled(incoming),
    }
  }

  /** What takes requests inside dialogs. */
  #handlers(): CallHandlers {
    const inDialog = (incoming: Incoming): void => this.#inDialog(incoming)
    return {
      reINVITE: inDialog,
      ACK: inDialog,
      BYE: inDialog,
      OPTIONS: inDialog,
      MESSAGE: inDialog,
      INFO: inDialog,
      SUBSCRIBE: inDialog,
      NOTIFY: inDialog,
      REFER: inDialog,
      UPDATE: inDialog,
    }
  }

  #choose(request: Request): Choice | undefined {
    if (this.#asked?.request !== request) this.#asked = { request, choice: this.#choiceFor(request) }
    return this.#asked.choice
  }

  #choiceFor(request: Request): Choice | undefined {
    const applications = this.#deployed
    const next =
      this.#inner.of(request) ??
      this.#router.getNextApplication({
        request,
        from: undefined,
        directive: 'NEW',
        stateInfo: undefined,
        applications,
      })
    const deployed = next && this.#find(next.application)
    const servlet = deployed?.servletFor(request)
    if (next === undefined || deployed === undefined || servlet === undefined) return undefined
    return { deployed, servlet, next, constraint: deployed.constraintFor(servlet, request.method) }
  }

  #arrived(incoming: Incoming): void {
    const { request } = incoming
    if (request.to.tag !== undefined) return this.#inDialog(incoming)
    const choice = this.#choose(request)
    this.#asked = undefined
    if (choice === undefined) return void incoming.reply(404)
    const { deployed, servlet, next, constraint } = choice
    this.#inner.arrived(request)
    const { user } = incoming
    if (constraint !== undefined && !(user !== undefined && deployed.admits(constraint, this.#runtime.rolesOf(user)))) {
      return void incoming.reply(403)
    }
    const { message, poppedRoute } = withoutOwnRoute(request, [...this.#stack.listening, incoming.source.local])
    const session = deployed.application.createSession().createSession({
      handler: servlet,
      callId: request.callId,
      local: request.to,
      remote: request.from,
      remoteUser: user,
      routing: next,
    })
    const arrived = new SipServletRequest(session, { message, incoming, isInitial: true, routing: next, poppedRoute })
    if (request.method === 'INVITE') this.#invites.set(incoming, arrived)
    session.receive(arrived)
  }

  #inDialog(incoming: Incoming): void {
    const { request } = incoming
    const session = this.#runtime.sessions.get(sessionKey(request.callId, request.to.tag ?? ''))
    if (session === undefined) return void incoming.reply(481)
    session.receive(new SipServletRequest(session, { message: request, incoming, isInitial: false }))
  }

  /** RFC 3261 §9.2: it and its INVITE have been answered. */
  #cancelled(incoming: Incoming): void {
    const session = this.#invites.get(incoming)?.session
    if (session === undefined) return
    session.receive(new SipServletRequest(session, { message: cancelOf(incoming.request), incoming, isInitial: false }))
  }

  /** JSR 289 §15.2: a new request of an application may be for the next one. */
  #leave(request: SipServletRequest): Request {
    const { message, routing, routingDirective, session } = request
    if (!request.isInitial) return message
    const next = this.#router.getNextApplication({
      request: message,
      from: session.applicationSession.applicationName,
      directive: routingDirective,
      stateInfo: routing.stateInfo,
      applications: this.#deployed,
    })
    if (next === undefined) return message
    const route = ownRoute(this.#stack.listening)
    if (route === undefined)
      illegalState('the next application is reached over UDP or TCP: the stack listens on neither')
    this.#inner.sent(message, next)
    return message.prepend('Route', route)
  }
}

function nameOf({ deployed, constraint }: Choice): string {
  return constraint === undefined ? OPEN : guardName(deployed.guardOf(constraint))
}
