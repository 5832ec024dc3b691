/** The messages of a load, written as texts: thousands a second that differ in a number only. */

import { randomBytes } from 'node:crypto'
import type { DigestClient, Response } from '../apps/sip/sip.js'
import type { Identity } from './dialler.js'
import { audioOffer } from './offer.js'
import { ProvenText } from './proven-text.js'
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

/** Which request of ours a response answers. */
export interface Answered {
  readonly id: number
  readonly stage: Stage
  /** From 2 on it has answered a challenge, and has a number and a branch of its own. */
  readonly attempt: number
}

export class LoadMessages {
  readonly #out: LoadWay
  readonly #from: string
  readonly #via: string
  readonly #run = randomBytes(4).toString('hex')
  /** Lines of an INVITE, and its body. */
  readonly #offering: string
  readonly #offer: string

  /** Answers challenges, and from then on before they come. */
  readonly #digest: DigestClient | undefined

  constructor(uri: string, { auth, from }: Identity, { target, local }: Pick<RawLine, 'target' | 'local'>) {
    this.#digest = auth
    this.#out = { uri, to: `<${uri}>`, routes: '' }
    this.#from = from ?? `sip:load@${local}`
    const transport = target.transport === 'UDP' ? '' : `;transport=${target.transport.toLowerCase()}`
    this.#via = `SIP/2.0/${target.transport} ${local};rport;branch=z9hG4bK${this.#run}.`
    this.#offering = `Contact: <sip:load@${local}${transport}>\r\nContent-Type: application/sdp\r\n`
    this.#offer = audioOffer(local.replace(/:\d+$/, '').replace(/[[\]]/g, ''))
  }

  /** The request that opens number `id`. */
  first(stage: 'OPTIONS' | 'INVITE', id: number): ProvenText {
    const text =
      stage === 'OPTIONS'
        ? this.#text(id, 'O', '1 OPTIONS', this.#out, 'Accept: application/sdp\r\n')
        : this.#text(id, 'I', '1 INVITE', this.#out, this.#offering, this.#offer)
    return new ProvenText(text, this.#digest)
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

  /** §13.2.2.4: of a 2xx, with the credentials of its INVITE. */
  ack(id: number, way: LoadWay, { attempt, proof }: Pick<ProvenText, 'attempt' | 'proof'>): string {
    return this.#text(id, 'A', `${attempt} ACK`, way, proof)
  }

  /** Of a call whose INVITE was sent so often. */
  bye(id: number, way: LoadWay, attempt: number): ProvenText {
    return new ProvenText(this.#text(id, 'B', `${attempt + 1} BYE`, way), this.#digest)
  }

  /** §17.1.1.3: of a final response from 300 on. */
  refusalAck({ id, attempt }: Answered, response: Response): string {
    return this.#text(id, letterOf('I', attempt), `${attempt} ACK`, { ...this.#out, to: response.raw('To')[0] ?? '' })
  }

  /** §9.1: of the INVITE that was sent so often. */
  cancel(id: number, attempt: number): string {
    return this.#text(id, letterOf('I', attempt), `${attempt} CANCEL`, this.#out)
  }

  /** Undefined for those of others. */
  answered(response: Response): Answered | undefined {
    const [, run, id, letter, attempt = '1'] =
      /^z9hG4bK(\w+)\.(\d+)\.([OIB])(?:\.(\d+))?$/.exec(response.get('Via')?.branch ?? '') ?? []
    if (run !== this.#run || response.cseq.method === 'CANCEL') return undefined
    const stage = letter === 'O' ? 'OPTIONS' : letter === 'I' ? 'INVITE' : 'BYE'
    return { id: Number(id), stage, attempt: Number(attempt) }
  }

  /** `letter` is that of the request that the branch belongs to: a CANCEL has that of its INVITE (§9.1). */
  #text(id: number, letter: string, cseq: string, { uri, to, routes }: LoadWay, more = '', body = ''): string {
    const mark = `${this.#run}.${id}`
    const method = cseq.slice(cseq.indexOf(' ') + 1)
    return `${method} ${uri} SIP/2.0\r\nVia: ${this.#via}${id}.${letter}\r\nMax-Forwards: 70\r\nFrom: <${this.#from}>;tag=${mark}\r\nTo: ${to}\r\nCall-ID: ${mark}\r\nCSeq: ${cseq}\r\n${routes}${more}Content-Length: ${body.length}\r\n\r\n${body}`
  }
}

/** As `ProvenText` ends the branch of what is sent again. */
function letterOf(letter: string, attempt: number): string {
  return attempt === 1 ? letter : `${letter}.${attempt}`
}
