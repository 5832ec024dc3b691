/** The user of a server transaction whose core has its home elsewhere: offers it the request, and answers in its name. */

import type { ActorRef, Behavior, Receive, Self } from '../../actor/actor.js'
import { formatMessage } from '../syntax/format.js'
import type { Response } from '../syntax/message.js'
import { parseMessage } from '../syntax/parse.js'
import { createResponse } from '../syntax/response.js'
import type { ServerReport } from '../transaction/transaction-user.js'
import { leave, sendAnswer } from './answer-way.js'
import type { HomeAnswer } from './home.js'
import type { Subscribed, WatcherEnd } from './notifier.js'
import { RemoteCore } from './remote-core.js'
import type { ServerArg, ServerMsg, ServerOrders } from './server.js'

export type RemoteServerMsg = ServerOrders | ServerReport | HomeAnswer | { readonly kind: 'homeless' }

/** The time for the home to say whether it takes the request, in T1: before the client gives up. */
const PATIENCE = 30

export const remoteServer: Behavior<RemoteServerMsg, ServerArg> = {
  label: 'remote server',
  init(arg, self) {
    return new RemoteServer(arg, self).receive
  },
}

class RemoteServer {
  readonly #arg: ServerArg
  readonly #self: Self<RemoteServerMsg>
  #server: ActorRef<ServerMsg> | undefined
  #cancel: Extract<ServerOrders, { kind: 'cancel' }> | undefined
  #answered = false
  #isBegun = false
  #isAborted = false

  constructor(arg: ServerArg, self: Self<RemoteServerMsg>) {
    this.#arg = arg
    this.#self = self
  }

  readonly receive: Receive<RemoteServerMsg> = message => {
    switch (message.kind) {
      case 'begin':
        return this.#begin()
      case 'declined':
        this.#self.send(this.#arg.cores, { kind: 'declined', arg: this.#arg })
        return this.#self.stop()
      case 'taken':
        return this.#taken(message.server)
      case 'response':
        return this.#response(message)
      case 'cancel':
        this.#cancel = message
        return this.#pass(message)
      case 'abort':
        // The dialog does not wait until its home has answered.
        this.#isAborted = true
        this.#refuse(message.status ?? 487)
        return this.#pass(message)
      case 'homeless':
        return this.#refuse(500)
      case 'leave':
        return this.#self.stop()
      case 'transactionFailed':
        return
    }
  }

  #begin(): void {
    const { service, received, tag, isMerged, inDialog, context } = this.#arg
    const { core } = service
    if (!(core instanceof RemoteCore)) throw new TypeError(`${core.name} is at home here`)
    const { request, source, route } = received
    const text = formatMessage(request)
    const { fallback, agreement } = inDialog ?? {}
    const offer = { text, source, route, tag, isMerged, fallback, agreement, asker: this.#self.ref }
    this.#self.monitor(core.home, () => ({ kind: 'homeless' }))
    this.#self.send(core.home, { kind: 'offer', ...offer })
    this.#self.startTimer('homeless', PATIENCE * context.timers.T1, { kind: 'homeless' })
  }

  #taken(server: ActorRef<ServerMsg>): void {
    const { service, inDialog } = this.#arg
    this.#self.stopTimer('homeless')
    this.#server = server
    if (inDialog === undefined) service.requests++
    if (this.#cancel !== undefined) this.#pass(this.#cancel)
  }

  #pass(order: ServerOrders): void {
    if (this.#server !== undefined) this.#self.send(this.#server, order)
  }

  #refuse(status: number): void {
    this.#answer(createResponse(this.#arg.received.request, status, { toTag: this.#arg.tag }))
  }

  #response({ text, granted }: Extract<HomeAnswer, { kind: 'response' }>): void {
    const parsed = parseMessage(text)
    if (parsed.kind !== 'ok' || parsed.message.kind !== 'response') return
    if (granted === undefined) return this.#answer(parsed.message)
    const { watcher } = granted
    const ended = (how: WatcherEnd): void => this.#self.send(watcher, { kind: 'ended', how })
    if (this.#answered) return ended('none')
    const { usage, seconds, most, least, first } = granted
    this.#answer(parsed.message, { usage, seconds, most, least, first, full: undefined, ended })
    this.#self.send(watcher, { kind: 'begun', cores: this.#arg.cores })
  }

  #answer(response: Response, subscribed?: Subscribed): void {
    if (this.#answered) return
    this.#answered = !response.isProvisional
    const arg = this.#isAborted ? { ...this.#arg, inDialog: undefined } : this.#arg
    this.#isBegun = sendAnswer(this.#self, arg, response, this.#isBegun, subscribed)
    if (this.#answered) leave(this.#self, this.#arg)
  }
}
