/** One established call as an actor: the dialog's owner from its 2xx to its BYE (§13.3.1.4, §14, §15). */

import type { ActorRef, Behavior, ExitReason, Receive, Self } from '../../actor/actor.js'
import { formatMessage } from '../syntax/format.js'
import { newCSeq } from '../syntax/ids.js'
import type { Response } from '../syntax/message.js'
import { createResponse } from '../syntax/response.js'
import type { ServerReport } from '../transaction/transaction-user.js'
import type { DigestClient } from './auth/digest-client.js'
import type { Outcome } from './call.js'
import type { CoreContext } from './context.js'
import type { Core } from './core.js'
import type { CoresMsg } from './cores.js'
import { accept, type Dialog, idOf, inDialogRequest } from './dialog.js'
import type { Received } from './server.js'

export type SessionMsg =
  | ServerReport
  | { readonly kind: 'ack'; readonly received: Pick<Received, 'request' | 'source'> }
  | { readonly kind: 'request'; readonly received: Received }
  | { readonly kind: 'repeat'; readonly interval: number }
  | { readonly kind: 'unacknowledged' }
  /** The cores have forgotten it: nothing comes any more. */
  | { readonly kind: 'leave' }
  /** Ends the call; `done` is told how the BYE went. */
  | { readonly kind: 'bye'; readonly done?: (outcome: Outcome) => void }

export interface SessionArg {
  readonly context: CoreContext
  readonly cores: ActorRef<CoresMsg>
  readonly dialog: Dialog
  /** The core that accepted the call; calls that we placed may have none. */
  readonly core: Core | undefined
  /** The 2xx that has to be acknowledged, when we are the callee. */
  readonly accepted: { readonly response: Response; readonly received: Received } | undefined
  /** Told once when the call has ended, whoever ended it. */
  readonly ended: ((by: 'local' | 'remote' | 'lost') => void) | undefined
  /** What our requests are authenticated with. */
  readonly auth: DigestClient | undefined
}

export const session: Behavior<SessionMsg, SessionArg> = {
  label: 'session',
  init(arg, self) {
    return new Session(arg, self).receive
  },
}

class Session {
  readonly #arg: SessionArg
  readonly #self: Self<SessionMsg>
  #dialog: Dialog
  /** The text of our 2xx while its ACK is missing. */
  #unacknowledged: string | undefined
  #over = false

  constructor(arg: SessionArg, self: Self<SessionMsg>) {
    this.#arg = arg
    this.#self = self
    this.#dialog = arg.dialog
    self.defer((reason: ExitReason) => {
      if (reason.kind !== 'normal') this.#end('lost')
    })
    if (arg.accepted !== undefined) this.#accept(arg.accepted)
  }

  readonly receive: Receive<SessionMsg> = message => {
    switch (message.kind) {
      case 'ack':
        return this.#acknowledged(message.received)
      case 'request':
        return this.#request(message.received)
      case 'repeat':
        return this.#repeat(message.interval)
      case 'unacknowledged':
        // §13.3.1.4: the dialog is confirmed, but the session should be ended.
        this.#unacknowledged = undefined
        return this.#bye(undefined, 'lost')
      case 'bye':
        return this.#bye(message.done, 'local')
      case 'leave':
        return this.#self.stop()
      case 'transactionFailed':
        return
    }
  }

  /** §13.3.1.4: the 2xx is repeated from T1 up to T2, whatever the transport, until the ACK comes or 64*T1 have passed. */
  #accept({ response, received }: { readonly response: Response; readonly received: Received }): void {
    const { T1 } = this.#arg.context.timers
    this.#unacknowledged = formatMessage(response)
    this.#self.send(received.transaction, { kind: 'respond', response, user: this.#self.ref })
    this.#self.startTimer('repeat', T1, { kind: 'repeat', interval: T1 })
    this.#self.startTimer('unacknowledged', 64 * T1, { kind: 'unacknowledged' })
  }

  #repeat(interval: number): void {
    const { accepted, context } = this.#arg
    if (this.#unacknowledged === undefined || accepted === undefined) return
    const { route } = accepted.received
    this.#self.send(context.transport, { kind: 'send', text: this.#unacknowledged, route })
    const next = Math.min(2 * interval, context.timers.T2)
    this.#self.startTimer('repeat', next, { kind: 'repeat', interval: next })
  }

  #acknowledged(received: Pick<Received, 'request' | 'source'>): void {
    if (this.#unacknowledged === undefined) return
    this.#unacknowledged = undefined
    this.#self.stopTimer('repeat')
    this.#self.stopTimer('unacknowledged')
    const { core, cores } = this.#arg
    if (core?.ACK !== undefined) this.#self.send(cores, { kind: 'notify', core, handler: core.ACK, ...received })
  }

  #request(received: Received): void {
    const { request, transaction } = received
    const next = accept(this.#dialog, request)
    if (next === undefined) return this.#refuse(received, 500)
    this.#dialog = next
    if (this.#over) return this.#refuse(received, 481)
    if (request.method === 'INVITE') return this.#refuse(received, 488)
    const { core, cores } = this.#arg
    if (core !== undefined) this.#self.send(cores, { kind: 'serve', core, received })
    else if (request.method === 'BYE') {
      const response = createResponse(request, 200)
      this.#self.send(transaction, { kind: 'respond', response, user: this.#self.ref })
    } else this.#refuse(received, 405)
    if (request.method === 'BYE') this.#end('remote')
  }

  #refuse({ request, transaction }: Received, status: number): void {
    const response = createResponse(request, status)
    this.#self.send(transaction, { kind: 'respond', response, user: this.#self.ref })
  }

  /** §15.1.1: the session is over as soon as the BYE is sent. */
  #bye(done: ((outcome: Outcome) => void) | undefined, by: 'local' | 'lost'): void {
    if (this.#over) {
      done?.({ kind: 'transportError', reason: 'the call is over' })
      return
    }
    const { context, cores, auth } = this.#arg
    const { dialog, request, nextHop } = inDialogRequest(this.#dialog, 'BYE', { firstSeq: newCSeq(context.random) })
    this.#dialog = dialog
    this.#self.send(cores, { kind: 'send', request, nextHop, auth, ...(done === undefined ? {} : { done }) })
    this.#end(by)
  }

  /** Whoever still sends something gets 481: from here until the cores have forgotten the dialog, then from them. */
  #end(by: 'local' | 'remote' | 'lost'): void {
    if (this.#over) return
    this.#over = true
    this.#arg.ended?.(by)
    this.#self.stopTimer('repeat')
    this.#self.stopTimer('unacknowledged')
    this.#self.send(this.#arg.cores, { kind: 'dialogEnded', id: idOf(this.#dialog) })
  }
}
