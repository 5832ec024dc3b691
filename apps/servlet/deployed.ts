/** An application in service: which requests are its own, by its mappings and its security constraints (JSR 289 §16, §17). */

import type { Request } from '../sip/sip.js'
import type { Candidate } from './application-router.js'
import type { AppDescriptor, SecurityConstraint } from './descriptor.js'
import { type Matcher, matcherOf } from './pattern.js'
import type { ServletApplication } from './servlet-application.js'

/** Who asks for the password that a constraint demands: constraints of one realm and way share one. */
export interface Guard {
  readonly realm: string
  readonly proxy: boolean
}

export class Deployed implements Candidate {
  readonly application: ServletApplication
  readonly #descriptor: AppDescriptor
  readonly #mappings: readonly { readonly servlet: string; readonly matches: Matcher }[]

  /** Throws TypeError for a pattern that cannot be used. */
  constructor(application: ServletApplication) {
    this.application = application
    this.#descriptor = application.descriptor
    this.#mappings = this.#descriptor.mappings.map(({ servlet, pattern }) => ({ servlet, matches: matcherOf(pattern) }))
  }

  get name(): string {
    return this.#descriptor.name
  }

  servletFor(request: Request): string | undefined {
    return this.#descriptor.mainServlet ?? this.#mappings.find(({ matches }) => matches(request))?.servlet
  }

  /** The first constraint on such a request. */
  constraintFor(servlet: string, method: string): SecurityConstraint | undefined {
    const concerns = (constraint: SecurityConstraint): boolean =>
      constraint.resources.some(
        ({ servlets, methods }) => servlets.includes(servlet) && (methods.length === 0 || methods.includes(method)),
      )
    return this.#descriptor.constraints.find(concerns)
  }

  /** Those that its constraints need. */
  get guards(): readonly Guard[] {
    return this.#descriptor.constraints.map(constraint => this.guardOf(constraint))
  }

  guardOf({ proxyAuthentication }: SecurityConstraint): Guard {
    return { realm: this.#descriptor.login?.realm ?? '', proxy: proxyAuthentication }
  }

  /** JSR 289 §17.4: `*` stands for all roles of the application; no roles at all let nobody in. */
  admits({ roles }: SecurityConstraint, own: readonly string[]): boolean {
    if (roles.includes('*'))
      return this.#descriptor.roles.length === 0 || own.some(role => this.#descriptor.roles.includes(role))
    return own.some(role => roles.includes(role))
  }
}

export function guardName({ realm, proxy }: Guard): string {
  return `servlets, ${proxy ? 'proxy ' : ''}realm ${realm}`
}
