/** Opens what the configuration asks to listen on, watches over it, and says where we can be reached. */

import { type ActorRef, type Behavior, type ExitReason, showReason } from '../../actor/actor.js'
import { type ConnectionsMsg, connections } from './connections.js'
import type { Listener, Locals } from './flow.js'
import type { Inlet } from './inlet.js'
import type { ListenerReport, ListenPoint } from './listen-point.js'
import type { Network } from './network.js'
import { defaultStreamLimits, type StreamLimits } from './tcp-connection.js'
import { tcpListener } from './tcp-listener.js'
import { udpListener } from './udp.js'

export type Opening =
  | { readonly kind: 'open'; readonly locals: Locals }
  | { readonly kind: 'failed'; readonly point: ListenPoint; readonly reason: string }

export type ListenersMsg =
  /** Answered when every listener is bound, or the first one has failed. */
  | { readonly kind: 'ready'; readonly replyTo: ActorRef<Opening> }
  | { readonly kind: 'bound'; readonly at: number; readonly listener: Listener }
  | { readonly kind: 'down'; readonly at: number; readonly reason: ExitReason }
  | { readonly kind: 'reopen'; readonly at: number }
  | { readonly kind: 'connections'; readonly replyTo: ActorRef<number> }

export interface ListenersArg {
  readonly network: Network
  readonly points: readonly ListenPoint[]
  readonly inlet: Inlet
  readonly limits?: StreamLimits
  /** Told whenever the table changes once all have been bound: a listener came back. */
  readonly changed: (locals: Locals) => void
}

/** ms between two tries to open again a listener that broke. */
const REOPEN_AFTER = 1000

export const listeners: Behavior<ListenersMsg, ListenersArg> = {
  label: 'listeners',
  init({ network, points, inlet, limits, changed }, self) {
    const pool: ActorRef<ConnectionsMsg> = self.spawn(
      connections,
      { network, inlet, limits: limits ?? defaultStreamLimits },
      { link: true },
    )
    const bound: (Listener | undefined)[] = points.map(() => undefined)
    const children: (ActorRef<never> | undefined)[] = []
    let asker: ActorRef<Opening> | undefined
    let failure: Opening | undefined
    let ready = false
    self.defer(() => {
      for (const child of children) if (child !== undefined) self.exit(child, { kind: 'shutdown' })
    })
    for (const at of points.keys()) open(at)

    function open(at: number): void {
      const point = points[at]
      if (point === undefined) return
      const report: ListenerReport = {
        bound: listener => self.send(self.ref, { kind: 'bound', at, listener }),
        failed: (owner, error) => self.send(owner, { kind: 'transportError', reason: error.message }),
      }
      const down = { down: (reason: ExitReason) => ({ kind: 'down', at, reason }) as const }
      const arg = { network, point, inlet, report }
      children[at] =
        point.transport === 'UDP'
          ? self.spawn(udpListener, arg, down)
          : self.spawn(tcpListener, { ...arg, connections: pool }, down)
    }

    function locals(): Locals {
      return { listeners: bound.filter(each => each !== undefined), connections: pool }
    }

    function announce(): void {
      if (ready) return changed(locals())
      if (asker === undefined || !(failure !== undefined || bound.every(each => each !== undefined))) return
      ready = failure === undefined
      self.send(asker, failure ?? { kind: 'open', locals: locals() })
    }

    return message => {
      switch (message.kind) {
        case 'ready':
          asker = message.replyTo
          return announce()
        case 'bound':
          bound[message.at] = message.listener
          return announce()
        case 'down': {
          const point = points[message.at]
          bound[message.at] = undefined
          if (point !== undefined) failure ??= { kind: 'failed', point, reason: showReason(message.reason) }
          if (!ready) return announce()
          self.startTimer(`reopen ${message.at}`, REOPEN_AFTER, { kind: 'reopen', at: message.at })
          return changed(locals())
        }
        case 'reopen':
          return open(message.at)
        case 'connections':
          return self.send(pool, { kind: 'count', replyTo: message.replyTo })
      }
    }
  },
}
