/** A request that is kept as a text, and what proves who we are in it (§22.2, §22.3): nothing else of it changes. */

import { randomBytes } from 'node:crypto'
import { type DigestClient, parseMessage, type Request, type Response } from '../apps/sip/sip.js'

const TOP_BRANCH = /^(?:via|v)[ \t]*:(?:[^,\r\n]|\r?\n[ \t])*?;[ \t]*branch[ \t]*=[ \t]*[^\s;,]+/im
const CSEQ_NUMBER = /^(cseq[ \t]*:\s*)\d+/im
const CREDENTIALS = /^(?:proxy-)?authorization[ \t]*:.*(?:\r?\n[ \t].*)*\r?\n/gim

const random = { uint32: (): number => randomBytes(4).readUInt32LE() }

export class ProvenText {
  /** Start line and headers without credentials, and all behind them. */
  readonly #head: string = ''
  readonly #rest: string = ''
  /** Undefined where challenges are not answered, or the text is no request. */
  readonly #exchange: ReturnType<DigestClient['begin']> | undefined
  #text: string
  #proof = ''
  #attempt = 1

  /** Without a client challenges are not answered. */
  constructor(plain: string, client: DigestClient | undefined) {
    this.#text = plain
    if (client === undefined) return
    const end = /\r?\n\r?\n/.exec(plain)?.index ?? plain.length
    this.#head = plain.slice(0, end).replace(CREDENTIALS, '')
    this.#rest = plain.slice(end)
    const request = requestIn(this.#head + this.#rest)
    this.#exchange = request && client.begin(request)
    this.#write()
  }

  /** As it is to leave. */
  get text(): string {
    return this.#text
  }

  /** The lines of credentials in it. */
  get proof(): string {
    return this.#proof
  }

  /** From the second on the branch ends with it, behind a dot. */
  get attempt(): number {
    return this.#attempt
  }

  /** Takes a final response; true when `text` has become one that answers it. */
  challenged(response: Response): boolean {
    if (this.#exchange?.challenged(response) !== true) return false
    this.#attempt++
    this.#write()
    return true
  }

  /**
   * What a message that came asks us to send: for a challenge its ACK (§17.1.1.3), if one is owed, and the text anew; none for
   * a challenge that was answered before. Undefined for all else.
   */
  answersTo(message: string): readonly string[] | undefined {
    const parsed = parseMessage(message)
    const response = parsed.kind === 'ok' && parsed.message.kind === 'response' ? parsed.message : undefined
    const request = this.#exchange && requestIn(this.#text)
    if (response === undefined || request === undefined || response.isProvisional) return undefined
    if (response.cseq.number !== request.cseq.number) return []
    if (!this.challenged(response)) return undefined
    return request.method === 'INVITE' ? [ackOf(request, response), this.#text] : [this.#text]
  }

  #write(): void {
    const request = this.#exchange?.next(random)
    const lines = (['Authorization', 'Proxy-Authorization'] as const).flatMap(
      name => request?.raw(name).map(value => `${name}: ${value}\r\n`) ?? [],
    )
    if (request === undefined || lines.length === 0) return
    this.#proof = lines.join('')
    const head = this.#head
      .replace(TOP_BRANCH, via => (this.#attempt === 1 ? via : `${via}.${this.#attempt}`))
      .replace(CSEQ_NUMBER, (_, name: string) => `${this.#proof}${name}${request.cseq.number}`)
    this.#text = head + this.#rest
  }
}

function requestIn(text: string): Request | undefined {
  const parsed = parseMessage(text)
  return parsed.kind === 'ok' && parsed.message.kind === 'request' ? parsed.message : undefined
}

function ackOf(request: Request, response: Response): string {
  const lines = (['Max-Forwards', 'Route', 'From', 'Call-ID'] as const).flatMap(name =>
    request.raw(name).map(value => `${name}: ${value}`),
  )
  return [
    `ACK ${request.uri} SIP/2.0`,
    `Via: ${request.raw('Via')[0]}`,
    ...lines,
    `To: ${response.raw('To')[0]}`,
    `CSeq: ${request.cseq.number} ACK`,
    ...['Content-Length: 0', '', ''],
  ].join('\r\n')
}
