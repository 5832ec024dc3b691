/** What an application says of itself, as plain data: `sip.xml` gives it, and `defineApp` does for those who want no XML. */

import { matcherOf, type Pattern } from './pattern.js'

/** The class of a servlet or listener: made without arguments. */
export type ServletClass = new () => object

/** A class that is yet to be loaded: as `servlet-class` and `listener-class` of sip.xml name it. */
export interface ClassName {
  readonly className: string
  /** Of sip.xml, from 1. */
  readonly line: number
}

export interface ServletDescriptor<Class = ServletClass> {
  /** Unique in its application. */
  readonly name: string
  readonly class: Class
  readonly initParams: Readonly<Record<string, string>>
  /** Those with a number are started with the application, lowest first; the others before their first request. */
  readonly loadOnStartup: number | undefined
}

export interface ServletMapping {
  /** The name of a servlet of this application. */
  readonly servlet: string
  readonly pattern: Pattern
}

/** What of an application a security constraint is about. */
export interface ResourceCollection {
  readonly name: string
  readonly servlets: readonly string[]
  /** All when there are none. */
  readonly methods: readonly string[]
}

/** Requests for these resources are challenged before a servlet sees them. */
export interface SecurityConstraint {
  readonly resources: readonly ResourceCollection[]
  /** Roles of which the user must have one; `*` is all that the application has; none at all means that nobody may. */
  readonly roles: readonly string[]
  /** 407 instead of 401. */
  readonly proxyAuthentication: boolean
}

export interface LoginConfig {
  readonly method: 'DIGEST'
  readonly realm: string
}

/** Of names of classes as it is read from sip.xml; of classes when it can be deployed. */
export interface AppDescriptor<Class = ServletClass> {
  readonly kind: 'servlet-application'
  /** Unique in its container. */
  readonly name: string
  readonly displayName: string | undefined
  readonly servlets: readonly ServletDescriptor<Class>[]
  /** The first whose pattern matches has the request. Empty where there is a main servlet. */
  readonly mappings: readonly ServletMapping[]
  /** The name of the servlet that has all initial requests. */
  readonly mainServlet: string | undefined
  readonly listeners: readonly Class[]
  readonly contextParams: Readonly<Record<string, string>>
  /** What an application session lives unless it is told otherwise, in minutes; never ends with 0 or less. */
  readonly sessionTimeout: number
  /** What a proxied request may take, in seconds. */
  readonly proxyTimeout: number
  readonly constraints: readonly SecurityConstraint[]
  readonly login: LoginConfig | undefined
  /** Roles that a constraint may name. */
  readonly roles: readonly string[]
}

/** JSR 289 §18.2: what `SipApplication` says unless it is told otherwise. */
export const defaultSessionTimeout = 3
export const defaultProxyTimeout = 180

interface ServletOptions {
  readonly class: ServletClass
  readonly initParams?: Readonly<Record<string, string>>
  readonly loadOnStartup?: number
}

export interface AppOptions<Name extends string> {
  readonly name: string
  readonly displayName?: string
  /** By name: the class, or the class with what it is started with. */
  readonly servlets: Readonly<Record<Name, ServletClass | ServletOptions>>
  readonly mappings?: readonly { readonly servlet: NoInfer<Name>; readonly pattern: Pattern }[]
  /** Not together with mappings. With one servlet and no mappings it is that one. */
  readonly mainServlet?: NoInfer<Name>
  readonly listeners?: readonly ServletClass[]
  readonly contextParams?: Readonly<Record<string, string>>
  /** In minutes; 3 unless given. */
  readonly sessionTimeout?: number
  /** In seconds; 180 unless given. */
  readonly proxyTimeout?: number
  readonly constraints?: readonly SecurityConstraint[]
  readonly login?: LoginConfig
  readonly roles?: readonly string[]
}

/** An application without sip.xml: `export default defineApp({ … })`. Throws TypeError for what cannot be deployed. */
export function defineApp<const Name extends string>(options: AppOptions<Name>): AppDescriptor {
  const { name, displayName, mappings = [], mainServlet, login } = options
  const app: AppDescriptor = withMain({
    kind: 'servlet-application',
    name,
    displayName,
    servlets: Object.entries<ServletClass | ServletOptions>(options.servlets).map(servletOf),
    mappings,
    mainServlet,
    listeners: options.listeners ?? [],
    contextParams: options.contextParams ?? {},
    sessionTimeout: options.sessionTimeout ?? defaultSessionTimeout,
    proxyTimeout: options.proxyTimeout ?? defaultProxyTimeout,
    constraints: options.constraints ?? [],
    login,
    roles: options.roles ?? [],
  })
  const [fault] = faultsOf(app)
  if (fault !== undefined) throw new TypeError(fault.why)
  return app
}

function servletOf([name, given]: readonly [string, ServletClass | ServletOptions]): ServletDescriptor {
  const options = typeof given === 'function' ? { class: given } : given
  return {
    name,
    class: options.class,
    initParams: options.initParams ?? {},
    loadOnStartup: options.loadOnStartup,
  }
}

/** JSR 289 §16.2: the only servlet of an application without mappings is its main servlet. */
export function withMain<Class>(app: AppDescriptor<Class>): AppDescriptor<Class> {
  const [only, another] = app.servlets
  if (app.mainServlet !== undefined || app.mappings.length > 0 || another !== undefined) return app
  return { ...app, mainServlet: only?.name }
}

export function isApplication(value: unknown): value is AppDescriptor {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'servlet-application'
}

/** What stands in the way of deploying an application. */
export interface DescriptorFault {
  /** The part of the descriptor that is wrong: the very object, so that whoever read it knows from where. */
  readonly part: object
  readonly why: string
}

/** What could not be run, or cannot be seen from one part of a descriptor alone. Empty for one that is sound. */
export function faultsOf<Class>(app: AppDescriptor<Class>): readonly DescriptorFault[] {
  return [...namingFaults(app), ...mappingFaults(app), ...securityFaults(app), ...timeoutFaults(app)]
}

function* namingFaults<Class>(app: AppDescriptor<Class>): Generator<DescriptorFault> {
  const names = app.servlets.map(servlet => servlet.name)
  if (app.name.trim() === '') yield { part: app, why: 'the application has no name' }
  if (names.length === 0) yield { part: app, why: 'the application has no servlet' }
  for (const [at, part] of app.servlets.entries()) {
    if (part.name.trim() === '') yield { part, why: 'a servlet has no name' }
    if (names.indexOf(part.name) < at) yield { part, why: `there are two servlets ${part.name}` }
  }
}

function* mappingFaults<Class>(app: AppDescriptor<Class>): Generator<DescriptorFault> {
  const { mainServlet, mappings, servlets } = app
  for (const part of mappings) {
    if (!hasServlet(app, part.servlet)) yield { part, why: `there is no servlet ${part.servlet} to map to` }
    const why = patternFault(part.pattern)
    if (why !== undefined) yield { part, why }
  }
  if (mainServlet === undefined) {
    if (mappings.length > 0 || servlets.length < 2) return
    yield { part: app, why: 'several servlets need mappings or a main servlet' }
    return
  }
  if (!hasServlet(app, mainServlet)) yield { part: app, why: `there is no main servlet ${mainServlet}` }
  if (mappings.length > 0) yield { part: app, why: 'there is a main servlet, and there are mappings' }
}

function* securityFaults<Class>(app: AppDescriptor<Class>): Generator<DescriptorFault> {
  for (const part of app.constraints) {
    if (app.login === undefined) yield { part, why: 'a security constraint needs a login-config' }
    for (const role of part.roles) {
      if (role !== '*' && !app.roles.includes(role)) yield { part, why: `there is no role ${role}` }
    }
    for (const resource of part.resources) {
      if (resource.servlets.length === 0) yield { part: resource, why: `the resource ${resource.name} has no servlet` }
      const missing = resource.servlets.find(name => !hasServlet(app, name))
      if (missing !== undefined) yield { part: resource, why: `there is no servlet ${missing} to constrain` }
    }
  }
}

function* timeoutFaults<Class>(app: AppDescriptor<Class>): Generator<DescriptorFault> {
  const { sessionTimeout, proxyTimeout } = app
  if (!Number.isSafeInteger(sessionTimeout)) {
    yield { part: app, why: `the session timeout must be whole minutes, not ${sessionTimeout}` }
  }
  if (!Number.isSafeInteger(proxyTimeout) || proxyTimeout < 1) {
    yield { part: app, why: `the proxy timeout must be whole seconds, at least 1, not ${proxyTimeout}` }
  }
}

function hasServlet<Class>(app: AppDescriptor<Class>, name: string): boolean {
  return app.servlets.some(servlet => servlet.name === name)
}

function patternFault(pattern: Pattern): string | undefined {
  try {
    matcherOf(pattern)
    return undefined
  } catch (error) {
    if (error instanceof TypeError) return error.message
    throw error
  }
}
