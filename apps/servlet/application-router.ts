/** Which application a request is for, and which one comes after it: JSR 116 by order, JSR 289 §15 by a router of one's own. */

import type { Request } from '../sip/sip.js'
import type { Routing } from './sip-servlet-request.js'

/** An application, and which of its servlets would take a request. */
export interface Candidate {
  readonly name: string
  servletFor(request: Request): string | undefined
}

export interface RoutingQuestion {
  readonly request: Request
  /** The application that sends it; undefined for one that came from the network. */
  readonly from: string | undefined
  /** `CONTINUE`: it goes on from one that `from` had; `NEW` for all others. */
  readonly directive: 'NEW' | 'CONTINUE'
  /** What the router said of the request that it goes on from. */
  readonly stateInfo: string | undefined
  /** Those that are deployed, in order. */
  readonly applications: readonly Candidate[]
}

export interface NextApplication extends Routing {
  readonly application: string
}

export interface ApplicationRouter {
  /** Undefined for one that leaves the container, or that nobody here is for. */
  getNextApplication(question: RoutingQuestion): NextApplication | undefined
}

/**
 * JSR 116: the first application with a servlet for the request; when that sends it on, the next behind it. What an
 * application sends on its own behalf leaves.
 */
export const deploymentOrder: ApplicationRouter = {
  getNextApplication({ request, from, directive, applications }) {
    if (from !== undefined && directive === 'NEW') return undefined
    const first = applications.findIndex(({ name }) => name === from) + 1
    const next = applications.slice(first).find(each => each.servletFor(request) !== undefined)
    return next && { application: next.name, region: 'NEUTRAL', subscriberURI: undefined, stateInfo: undefined }
  },
}
