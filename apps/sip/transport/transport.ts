/** The transport layer as an actor: what it stamps and checks on the way in, and where things go on the way out (§18). */

import type { ActorRef, Behavior } from '../../actor/actor.js'
import type { LocatorMsg } from '../location/locator.js'
import { defaultPort } from '../location/target.js'
import { formatMessage } from '../syntax/format.js'
import type { Message, Request, Response } from '../syntax/message.js'
import { parseMessage } from '../syntax/parse.js'
import type { Via } from '../syntax/via.js'
import { isIdentity } from './certificate-identity.js'
import { congestionControlled } from './congestion.js'
import {
  type Elsewhere,
  type FlowMsg,
  type FlowReport,
  hostPort,
  isReliable,
  type Listener,
  type Locals,
  type Route,
  type Source,
} from './flow.js'
import { isMulticast } from './multicast.js'
import { refusal } from './refusal.js'
import { type FailoverCounters, type FailoverMsg, ResponseFailover } from './response-failover.js'
import { responseRoute } from './response-route.js'
import { undelivered } from './undelivered.js'
import { stampReceived } from './via-received.js'

/** What the layer above gets. */
export type TransportUserMsg =
  | { readonly kind: 'request'; readonly request: Request; readonly source: Source; readonly route: Route }
  | { readonly kind: 'response'; readonly response: Response; readonly source: Source }
  | { readonly kind: 'locals'; readonly locals: Locals }
  /** Nothing comes or goes by these sockets any more. */
  | { readonly kind: 'closed'; readonly flows: readonly ActorRef<FlowMsg>[] }

export type TransportMsg =
  /** From above, at its start. */
  | { readonly kind: 'user'; readonly user: ActorRef<TransportUserMsg> }
  | { readonly kind: 'locals'; readonly locals: Locals }
  | { readonly kind: 'incoming'; readonly message: Message; readonly source: Source }
  /** An answer to what could not become a request; `response` carries the Via as it was received. */
  | { readonly kind: 'refuse'; readonly response: Response; readonly source: Source }
  /** `owner` is told when it does not get out. */
  | {
      readonly kind: 'send'
      readonly text: string
      readonly route: Route
      readonly owner?: ActorRef<FlowReport> | undefined
    }
  | FailoverMsg

export interface TransportArg {
  readonly counters: TransportCounters
  readonly locator: () => ActorRef<LocatorMsg>
}

export interface TransportCounters extends FailoverCounters {
  requests: number
  responses: number
  /** §18.1.2: responses whose top Via is not ours. */
  misdirected: number
}

export const transport: Behavior<TransportMsg, TransportArg> = {
  label: 'transport',
  init({ counters, locator }, self) {
    let user: ActorRef<TransportUserMsg> | undefined
    let locals: Locals | undefined
    let own: ReadonlySet<string> = new Set()
    /** The latest that was found to be ours: most responses have the same. */
    let latest: Via | undefined
    /** Where each UDP socket that we have had was bound, so that its successor can take over what it began. */
    const places = new Map<ActorRef<FlowMsg>, string>()
    const sockets = new Map<string, ActorRef<FlowMsg>>()
    const failover = new ResponseFailover({ locator, counters }, self)
    const elsewhere: Elsewhere = { finder: self.ref, search: undefined }

    function settle(table: Locals): void {
      locals = table
      if (table.closed !== undefined) shut(table.closed)
      own = new Set(table.listeners.flatMap(ownPlaces))
      latest = undefined
      for (const { transport: by, address, port, flow } of table.listeners) {
        if (by !== 'UDP') continue
        places.set(flow, hostPort(address, port))
        sockets.set(hostPort(address, port), flow)
      }
      if (user !== undefined) self.send(user, { kind: 'locals', locals })
    }

    function shut(closed: string): void {
      const flows = [...places].flatMap(([flow, place]) => (place === closed ? flow : []))
      sockets.delete(closed)
      if (user !== undefined) self.send(user, { kind: 'closed', flows })
    }

    function isOwn(via: Via): boolean {
      const { host, port = 5060 } = via
      if (latest?.host === host && latest.port === via.port) return true
      const isOurs = own.has(hostPort(host, port).toLowerCase())
      if (isOurs) latest = via
      return isOurs
    }

    /** A request of ours to a group that we are a member of. */
    function isEcho(via: Via): boolean {
      return isMulticast(via.maddr ?? '') && isOwn(via)
    }

    function incoming(message: Message, source: Source): void {
      if (user === undefined) return
      if (message.kind === 'request') {
        if (isEcho(message.via)) return
        counters.requests++
        if (source.identities !== undefined) reuse(message.via, source, source.identities)
        const request = stampReceived(message, source)
        self.send(user, { kind: 'request', request, source, route: responseRoute(request.via, source) })
      } else if (isOwn(message.via)) {
        counters.responses++
        self.send(user, { kind: 'response', response: message, source })
      } else {
        counters.misdirected++
      }
    }

    /**
     * RFC 5923 §5, §9.3: only a peer that has proven to be its sent-by gets our requests by the connection that it made;
     * over TCP anybody could ask for those of others.
     */
    function reuse(via: Via, { transport, flow, address }: Source, identities: readonly string[]): void {
      if (transport !== 'TLS' || via.params.get('alias') === undefined || !isIdentity(via.host, identities)) return
      const port = via.port ?? defaultPort[transport]
      const alias = { kind: 'alias', transport, flow, address, port, name: via.host } as const
      if (locals !== undefined) self.send(locals.connections, alias)
    }

    /** §18.1.1 where no transaction sees to it, for the ACK to a 2xx: over UDP after all where TCP is refused. */
    function acknowledge(text: string, route: Route): boolean {
      const parsed = locals === undefined || text.length <= locals.largestDatagram ? undefined : parseMessage(text)
      if (locals === undefined || parsed?.kind !== 'ok' || parsed.message.kind !== 'request') return false
      const other = congestionControlled({ request: parsed.message, route }, text.length, locals)
      if (other === undefined) return false
      const { flow, address, port } = route
      const instead: FlowMsg = { kind: 'transmit', text, flow, address, port }
      const { flow: connections, ...way } = other.route
      self.send(connections, { kind: 'transmit', text: formatMessage(other.request), ...way, instead })
      return true
    }

    function send(text: string, route: Route, owner: ActorRef<FlowReport> | undefined): void {
      if (owner === undefined && text.startsWith('ACK ') && acknowledge(text, route)) return
      const { address, port, flow, transport: by, name, octets, isNamed, ttl } = route
      const bounces = (isNamed || isReliable(by)) && text.startsWith('SIP/') ? elsewhere : undefined
      const kind = 'transmit'
      // Whole literals: every message goes through here, and to spread parts into one takes longer than all the rest.
      if (isReliable(by) && locals !== undefined) {
        const way = { kind, text, address, port, flow, transport: by, name, octets, owner, elsewhere: bounces } as const
        return self.send(locals.connections, way)
      }
      const place = places.get(flow)
      // One that is not announced yet may have heard something already.
      const socket = place === undefined ? flow : sockets.get(place)
      if (socket === undefined) {
        const message = { kind, text, address, port, owner, elsewhere: bounces } as const
        return undelivered(self, message, 'the listener was closed')
      }
      const isPlain = ttl === undefined && owner === undefined && bounces === undefined
      if (isPlain) self.send(socket, { kind, text, address, port })
      else self.send(socket, { kind, text, address, port, ttl, owner, elsewhere: bounces })
    }

    return message => {
      switch (message.kind) {
        case 'incoming':
          return incoming(message.message, message.source)
        case 'send':
          return send(message.text, message.route, message.owner)
        case 'refuse': {
          const { text, route } = refusal(message.response, message.source)
          return send(text, route, undefined)
        }
        case 'locals':
          return settle(message.locals)
        case 'user':
          user = message.user
          if (locals !== undefined) self.send(user, { kind: 'locals', locals })
          return
        case 'bounced':
        case 'elsewhere':
          if (locals !== undefined) failover.receive(message, locals)
      }
    }
  },
}

/** Every way in which a Via of ours may name a listener. */
function ownPlaces({ address, port, reach }: Listener): string[] {
  const places = [{ host: address, port }, reach, ...reach.nets]
  return places.map(place => hostPort(place.host, place.port).toLowerCase())
}
