/** The home of a core that serves the calls of several threads: requests come as text, and answers go back as text. */

import { type ActorRef, type Behavior, type ExitReason, nobody, type Self, showReason } from '../../actor/actor.js'
import { formatMessage } from '../syntax/format.js'
import type { Request } from '../syntax/message.js'
import { parseMessage } from '../syntax/parse.js'
import { createResponse } from '../syntax/response.js'
import type { Route, Source } from '../transport/flow.js'
import type { CoreContext } from './context.js'
import type { Core } from './core.js'
import type { Agreement } from './offer-answer.js'
import type { OwedAnswer } from './owed-answer.js'
import type { RemoteGrant } from './remote-watcher.js'
import { type ServerMsg, server } from './server.js'
import { Services } from './services.js'
import { tell } from './telling.js'

export type HomeMsg =
  | { readonly kind: 'register'; readonly core: Core }
  /** The core is out of service; its calls go on. */
  | { readonly kind: 'unregister' }
  /** A request that may be for the core; what is in a dialog of it is, and has the answer for want of a handler with it. */
  | {
      readonly kind: 'offer'
      readonly text: string
      readonly source: Source
      readonly route: Route
      readonly tag: string
      readonly isMerged: boolean
      readonly fallback: OwedAnswer | undefined
      readonly agreement: Agreement | undefined
      readonly asker: ActorRef<HomeAnswer>
    }
  /** Nothing has come for such a long time. */
  | { readonly kind: 'deserted' }
  /** A request that needs no answer. */
  | { readonly kind: 'tell'; readonly text: string; readonly source: Source }
  | {
      readonly kind: 'served'
      readonly request: Request
      readonly tag: string
      readonly asker: ActorRef<HomeAnswer>
      readonly reason: ExitReason
    }

/** To whoever has offered a request. */
export type HomeAnswer =
  | { readonly kind: 'declined' }
  | { readonly kind: 'taken'; readonly server: ActorRef<ServerMsg> }
  | { readonly kind: 'response'; readonly text: string; readonly granted?: RemoteGrant | undefined }

/** What a home needs of its stack. */
export type HomeContext = Pick<CoreContext, 'timers' | 'random' | 'policy' | 'complain' | 'elsewhere'>

/** ms that the calls of a core that is out of service may say nothing: how many there are is known to their threads alone. */
const PATIENCE = 86_400_000

export const home: Behavior<HomeMsg, HomeContext> = {
  label: 'home',
  init(context, self) {
    const house = new Home(context, self)
    return message => house.receive(message)
  },
}

class Home {
  readonly #context: HomeContext
  readonly #self: Self<HomeMsg>
  readonly #services: Services
  #core: Core | undefined
  #isInService = false

  constructor(context: HomeContext, self: Self<HomeMsg>) {
    this.#context = context
    this.#self = self
    this.#services = new Services(context)
  }

  receive(message: HomeMsg): void {
    switch (message.kind) {
      case 'register':
        this.#core = message.core
        this.#isInService = true
        this.#self.stopTimer('deserted')
        return this.#services.register(message.core)
      case 'unregister':
        if (this.#core !== undefined) this.#services.unregister(this.#core.name)
        this.#isInService = false
        return this.#wait()
      case 'deserted':
        return this.#self.stop()
      case 'offer':
        this.#wait()
        return this.#offer(message)
      case 'tell': {
        this.#wait()
        const request = requestOf(message.text)
        if (request !== undefined && this.#core !== undefined) {
          tell(this.#core, { request, source: message.source }, this.#context.complain)
        }
        return
      }
      case 'served':
        return this.#served(message)
    }
  }

  #wait(): void {
    if (!this.#isInService) this.#self.startTimer('deserted', PATIENCE, { kind: 'deserted' })
  }

  #offer(offer: Extract<HomeMsg, { kind: 'offer' }>): void {
    const { text, source, route, tag, isMerged, fallback, agreement, asker } = offer
    const request = requestOf(text)
    if (request === undefined || this.#core === undefined) return this.#self.send(asker, { kind: 'declined' })
    const service = fallback === undefined ? this.#services.choose(request) : this.#services.successorOf(this.#core)
    if (service === undefined) return this.#self.send(asker, { kind: 'declined' })
    if (service === 'failed') return this.#fail(request, tag, asker)
    const arg = {
      context: this.#context,
      cores: nobody,
      service,
      received: { request, source, route, transaction: nobody },
      tag,
      isMerged,
      inDialog: fallback === undefined ? undefined : { owner: nobody, fallback, agreement },
      asker,
    }
    const ref = this.#self.spawn(server, arg, { down: reason => ({ kind: 'served', request, tag, asker, reason }) })
    this.#self.send(asker, { kind: 'taken', server: ref })
    this.#self.send(ref, { kind: 'begin' })
  }

  #served({ request, tag, asker, reason }: Extract<HomeMsg, { kind: 'served' }>): void {
    if (reason.kind !== 'error') return
    const what = `its ${request.method} handler threw ${showReason(reason)}`
    this.#context.complain({ core: this.#core?.name ?? '', callId: request.callId, what })
    this.#fail(request, tag, asker)
  }

  #fail(request: Request, tag: string, asker: ActorRef<HomeAnswer>): void {
    const text = formatMessage(createResponse(request, 500, { toTag: tag }))
    this.#self.send(asker, { kind: 'response', text })
  }
}

/** It has been read on the other side already. */
function requestOf(text: string): Request | undefined {
  const parsed = parseMessage(text)
  return parsed.kind === 'ok' && parsed.message.kind === 'request' ? parsed.message : undefined
}
