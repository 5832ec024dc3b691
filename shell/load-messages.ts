/** The messages of a load, written as texts: thousands a second that differ in a number only. */

import { randomBytes } from 'node:crypto'
import type { Response } from '../apps/sip/sip.js'
import { audioOffer } from './offer.js'
import type { RawLine } from './raw-line.js'

/** What a response answers; the ACK of a 2xx has a branch of its own and no answer. */
export type Stage = 'OPTIONS' | 'INVITE' | 'BYE'

/** Where requests go, and whom they name. */
export interface LoadWay {
  readonly uri: string
  /** The value of To. */
  readonly to: string
  /** Lines of Route. */
  readonly routes: string
}

export class LoadMessages {
  readonly #out: LoadWay
  readonly #from: string
  readonly #via: string
  readonly #run = randomBytes(4).toString('hex')
  /** Lines of an INVITE, and its body. */
  readonly #offering: string
  readonly #offer: string

  constructor(uri: string, from: string | undefined, { target, local }: Pick<RawLine, 'target' | 'local'>) {
    this.#out = { uri, to: `<${uri}>`, routes: '' }
    this.#from = from ?? `sip:load@${local}`
    const transport = target.transport === 'UDP' ? '' : `;transport=${target.transport.toLowerCase()}`
    this.#via = `SIP/2.0/${target.transport} ${local};rport;branch=z9hG4bK${this.#run}.`
    this.#offering = `Contact: <sip:load@${local}${transport}>\r\nContent-Type: application/sdp\r\n`
    this.#offer = audioOffer(local.replace(/:\d+$/, '').replace(/[[\]]/g, ''))
  }

  /** The request that opens number `id`. */
  first(stage: 'OPTIONS' | 'INVITE', id: number): string {
    return stage === 'OPTIONS'
      ? this.#text(id, 'O', '1 OPTIONS', this.#out, 'Accept: application/sdp\r\n')
      : this.#text(id, 'I', '1 INVITE', this.#out, this.#offering, this.#offer)
  }

  /** §12.1.2, of a 2xx: the way for what is sent inside its call. */
  inside(response: Response): LoadWay {
    const routes = response.getAll('Record-Route').toReversed()
    return {
      uri: String(response.get('Contact')?.uri ?? this.#out.uri),
      to: response.raw('To')[0] ?? '',
      routes: routes.length === 0 ? '' : `Route: ${routes.join(', ')}\r\n`,
    }
  }

  /** §13.2.2.4: of a 2xx. */
  ack(id: number, way: LoadWay): string {
    return this.#text(id, 'A', '1 ACK', way)
  }

  bye(id: number, way: LoadWay): string {
    return this.#text(id, 'B', '2 BYE', way)
  }

  /** §17.1.1.3: of a final response from 300 on. */
  refusalAck(id: number, response: Response): string {
    return this.#text(id, 'I', '1 ACK', { ...this.#out, to: response.raw('To')[0] ?? '' })
  }

  /** §9.1. */
  cancel(id: number): string {
    return this.#text(id, 'I', '1 CANCEL', this.#out)
  }

  /** Which request of ours a response answers; undefined for those of others. */
  answered(response: Response): { readonly id: number; readonly stage: Stage } | undefined {
    const [, run, id, letter] = /^z9hG4bK(\w+)\.(\d+)\.([OIB])$/.exec(response.get('Via')?.branch ?? '') ?? []
    if (run !== this.#run || response.cseq.method === 'CANCEL') return undefined
    return { id: Number(id), stage: letter === 'O' ? 'OPTIONS' : letter === 'I' ? 'INVITE' : 'BYE' }
  }

  /** `letter` is that of the request that the branch belongs to: a CANCEL has that of its INVITE (§9.1). */
  #text(id: number, letter: string, cseq: string, { uri, to, routes }: LoadWay, more = '', body = ''): string {
    const mark = `${this.#run}.${id}`
    const method = cseq.slice(2)
    return `${method} ${uri} SIP/2.0\r\nVia: ${this.#via}${id}.${letter}\r\nMax-Forwards: 70\r\nFrom: <${this.#from}>;tag=${mark}\r\nTo: ${to}\r\nCall-ID: ${mark}\r\nCSeq: ${cseq}\r\n${routes}${more}Content-Length: ${body.length}\r\n\r\n${body}`
  }
}
