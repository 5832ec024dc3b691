/** What the keywords of SIPp stand for in one call. */

import type { Message } from '../../sip/sip.js'
import type { Peer, RawPeer } from '../raw-peer.js'
import type { TransportName } from '../raw-transport.js'
import type { Variables } from './action.js'
import type { Keyword, Values } from './template.js'

export interface FactsParts {
  readonly peer: RawPeer
  readonly other: Peer
  readonly service: string
  readonly transport: TransportName
  readonly number: number
  readonly fields: readonly string[]
  readonly variables: Variables
}

const MEDIA_PORT = 6000

export class Facts implements Values {
  readonly #parts: FactsParts
  readonly #pid: number
  #index = 0
  #cseq = 0
  #first: Message | undefined
  #latest: Message | undefined
  #peerTag: string | undefined
  #routes: readonly string[] = []
  #contact: string | undefined

  constructor(parts: FactsParts) {
    this.#parts = parts
    this.#pid = parts.peer.random.uint32()
  }

  /** The first message that came. */
  get first(): Message | undefined {
    return this.#first
  }

  /** The latest message that came. */
  get latest(): Message | undefined {
    return this.#latest
  }

  /** The scenario has come to this step. */
  reached(index: number): void {
    this.#index = index
  }

  /** A message with this start line is about to be written: a new request counts. */
  begins(start: string): void {
    if (!/^(?:ACK|CANCEL|SIP\/2\.0) /.test(start)) this.#cseq++
  }

  received(message: Message, keepsRoutes: boolean): void {
    this.#first ??= message
    this.#latest = message
    const far = message.kind === 'request' ? message.from : message.to
    this.#peerTag = far.tag ?? this.#peerTag
    if (!keepsRoutes) return
    const routes = message.getAll('Record-Route').map(String)
    // §12.1.1 and §12.1.2: a caller has the proxies in reverse order.
    this.#routes = message.kind === 'request' ? routes : routes.toReversed()
    this.#contact = message.get('Contact')?.uri.toString()
  }

  keyword(name: Keyword, offset: number): string {
    const { peer, other, service, transport, number } = this.#parts
    const local = bracketed(peer.place.address)
    switch (name) {
      case 'service':
        return service
      case 'transport':
        return transport.toUpperCase()
      case 'pid':
        return String(this.#pid)
      case 'call_number':
        return String(number + offset)
      case 'call_id':
        return this.#first?.callId ?? `${number}-${this.#pid}@${peer.place.address}`
      case 'cseq':
        return String(this.#cseq + offset)
      case 'msg_index':
        return String(this.#index + offset)
      case 'branch':
        return `z9hG4bK-${this.#pid}-${number}-${this.#index + offset}`
      case 'remote_ip':
      case 'remote_host':
        return bracketed(other.place.address)
      case 'remote_port':
        return String(other.place.port + offset)
      case 'local_ip':
      case 'media_ip':
        return local
      case 'local_port':
        return String(peer.place.port + offset)
      case 'local_ip_type':
      case 'media_ip_type':
        return local.startsWith('[') ? '6' : '4'
      case 'media_port':
      case 'auto_media_port':
        return String(MEDIA_PORT + offset)
      case 'peer_tag_param':
        return this.#peerTag === undefined ? '' : `;tag=${this.#peerTag}`
      case 'routes':
        return this.#routes.length === 0 ? '' : `Route: ${this.#routes.join(', ')}`
      case 'next_url':
        return this.#contact ?? other.uri(service)
      case 'last_cseq_number':
        return String((this.#latest?.cseq.number ?? 0) + offset)
    }
  }

  variable(name: string): string {
    return String(this.#parts.variables.get(name) ?? '')
  }

  last(name: string): string | undefined {
    const bare = name.replace(/:$/, '')
    const values = this.#latest?.raw(bare) ?? []
    if (values.length === 0) return undefined
    return bare === name ? values.join(', ') : values.map(value => `${bare}: ${value}`).join('\r\n')
  }

  field(column: number): string {
    return this.#parts.fields[column] ?? ''
  }
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}
