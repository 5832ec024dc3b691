/** The messages of a load, written as texts: thousands a second that differ in a number only. */

import { randomBytes } from 'node:crypto'
import type { Response } from '../apps/sip/sip.js'
import type { RawLine } from './raw-line.js'

/** What a response answers; the ACK of a 2xx has a branch of its own and no answer. */
export type Stage = 'OPTIONS' | 'INVITE' | 'BYE'

interface Parts {
  readonly method: string
  /** The first letter of the request that the branch belongs to: a CANCEL has that of its INVITE (§9.1). */
  readonly branch: string
  readonly number: number
  readonly uri?: string
  readonly to?: string
  readonly more?: string
  readonly body?: string
}

export class LoadMessages {
  readonly #uri: string
  readonly #from: string
  readonly #contact: string
  readonly #via: string
  readonly #run = randomBytes(4).toString('hex')
  readonly #offer: string

  constructor(uri: string, from: string | undefined, { target, local }: Pick<RawLine, 'target' | 'local'>) {
    this.#uri = uri
    this.#from = from ?? `sip:load@${local}`
    const transport = target.transport === 'UDP' ? '' : `;transport=${target.transport.toLowerCase()}`
    this.#contact = `<sip:load@${local}${transport}>`
    this.#via = `SIP/2.0/${target.transport} ${local};rport;branch=z9hG4bK${this.#run}.`
    const address = local.replace(/:\d+$/, '').replace(/[[\]]/g, '')
    const network = `IN ${address.includes(':') ? 'IP6' : 'IP4'} ${address}`
    this.#offer = `v=0\r\no=- 1 1 ${network}\r\ns=-\r\nc=${network}\r\nt=0 0\r\nm=audio 49170 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n`
  }

  /** The request that opens number `id`. */
  first(stage: 'OPTIONS' | 'INVITE', id: number): string {
    const parts = { method: stage, branch: stage.charAt(0), number: 1 }
    if (stage === 'OPTIONS') return this.#text(id, { ...parts, more: 'Accept: application/sdp\r\n' })
    const more = `Contact: ${this.#contact}\r\nContent-Type: application/sdp\r\n`
    return this.#text(id, { ...parts, more, body: this.#offer })
  }

  /** §13.2.2.4: of a 2xx. */
  ack(id: number, response: Response): string {
    return this.#inDialog(id, response, { method: 'ACK', branch: 'A', number: 1 })
  }

  bye(id: number, response: Response): string {
    return this.#inDialog(id, response, { method: 'BYE', branch: 'B', number: 2 })
  }

  /** §17.1.1.3: of a final response from 300 on. */
  refusalAck(id: number, response: Response): string {
    return this.#text(id, { method: 'ACK', branch: 'I', number: 1, to: response.raw('To')[0] ?? '' })
  }

  /** §9.1. */
  cancel(id: number): string {
    return this.#text(id, { method: 'CANCEL', branch: 'I', number: 1 })
  }

  /** Which request of ours a response answers; undefined for those of others. */
  answered(response: Response): { readonly id: number; readonly stage: Stage } | undefined {
    const [, run, id, letter] = /^z9hG4bK(\w+)\.(\d+)\.([OIB])$/.exec(response.get('Via')?.branch ?? '') ?? []
    if (run !== this.#run || response.cseq.method === 'CANCEL') return undefined
    return { id: Number(id), stage: letter === 'O' ? 'OPTIONS' : letter === 'I' ? 'INVITE' : 'BYE' }
  }

  /** §12.2.1.1; the way there stays the one of the first request. */
  #inDialog(id: number, response: Response, parts: Parts): string {
    const routes = response.getAll('Record-Route').toReversed()
    return this.#text(id, {
      ...parts,
      uri: String(response.get('Contact')?.uri ?? this.#uri),
      to: response.raw('To')[0] ?? '',
      ...(routes.length === 0 ? {} : { more: `Route: ${routes.join(', ')}\r\n` }),
    })
  }

  #text(
    id: number,
    { method, branch, number, uri = this.#uri, to = `<${this.#uri}>`, more = '', body = '' }: Parts,
  ): string {
    const mark = `${this.#run}.${id}`
    return `${method} ${uri} SIP/2.0\r\nVia: ${this.#via}${id}.${branch}\r\nMax-Forwards: 70\r\nFrom: <${this.#from}>;tag=${mark}\r\nTo: ${to}\r\nCall-ID: ${mark}\r\nCSeq: ${number} ${method}\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`
  }
}
