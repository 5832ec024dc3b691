/** What a raw peer knows of one dialog, to fill its messages: §8.1.1, §12.2.1.1, with nothing enforced. */

import { type Message, parseMessage, type Random, type Request, type Response } from '../sip/sip.js'

/** Header lines by name; several values make several lines, undefined leaves a line out. */
export type Lines = Readonly<Record<string, string | readonly string[] | undefined>>

export interface SendOptions {
  readonly headers?: Lines
  /** One character per octet. One that begins with v= is taken for application/sdp. */
  readonly body?: string
  /** The Request-URI. */
  readonly uri?: string
  /** The request that a response answers; the latest that came unless given. */
  readonly for?: Request
  readonly reason?: string
}

export interface Own {
  /** TRANSPORT host:port for Via. */
  readonly transport: string
  readonly sentBy: string
  readonly uri: string
  readonly contact: string
  readonly random: Random
}

export class Conversation {
  readonly callId: string
  readonly #own: Own
  readonly #from: string
  #to: string
  #target: string
  #number: number
  #routes: readonly string[] = []
  #invite: Request | undefined
  /** The latest final response to our INVITE. */
  #final: Response | undefined
  /** The latest request that came, for the next response. */
  #received: Request | undefined

  private constructor(own: Own, parts: { callId: string; from: string; to: string; target: string; number: number }) {
    this.#own = own
    this.callId = parts.callId
    this.#from = parts.from
    this.#to = parts.to
    this.#target = parts.target
    this.#number = parts.number
  }

  /** Towards a peer. */
  static with(own: Own, uri: string): Conversation {
    const from = `<${own.uri}>;tag=${word(own.random)}`
    return new Conversation(own, { callId: word(own.random), from, to: `<${uri}>`, target: uri, number: 0 })
  }

  /** Begun by a request from a peer. */
  static from(own: Own, request: Request): Conversation {
    const to = request.raw('To')[0] ?? ''
    return new Conversation(own, {
      callId: request.callId,
      from: request.to.tag === undefined ? `${to};tag=${word(own.random)}` : to,
      to: request.raw('From')[0] ?? '',
      target: String(request.get('Contact')?.uri ?? request.from.uri),
      number: 0,
    })
  }

  /** Takes over what a message of the peer says of the dialog. */
  received(message: Message): void {
    if (message.kind === 'request') {
      if (message.method !== 'ACK') this.#received = message
      return
    }
    if (message.cseq.method === 'CANCEL') return
    if (message.to.tag !== undefined) this.#to = message.raw('To')[0] ?? this.#to
    if (message.cseq.method === 'INVITE' && !message.isProvisional) this.#final = message
    const contact = message.get('Contact')
    if (contact !== undefined) this.#target = String(contact.uri)
    if (message.isSuccess && message.has('Record-Route')) {
      this.#routes = message.getAll('Record-Route').map(String).toReversed()
    }
  }

  /** The latest request that came. */
  get pending(): Request | undefined {
    return this.#received
  }

  /** Where the peer wants its requests. Throws TypeError unless that is an address. */
  get peer(): { readonly address: string; readonly port: number } {
    const match = /^sip:(?:[^@]*@)?\[?([\d.]+|[\da-fA-F:]+)\]?(?::(\d+))?(?:[;?]|$)/.exec(this.#target)
    if (match === null) throw new TypeError(`${this.#target} names no address to send to`)
    return { address: match[1] ?? '', port: Number(match[2] ?? 5060) }
  }

  request(method: string, { headers = {}, body = '', uri }: SendOptions): string {
    const invite = this.#invite
    const hop = method === 'CANCEL' || (method === 'ACK' && this.#final?.isSuccess !== true)
    const again = (hop || method === 'ACK') && invite !== undefined
    const number = again ? invite.cseq.number : ++this.#number
    const { transport, sentBy, contact, random } = this.#own
    const branch = hop && invite !== undefined ? (invite.via.branch ?? '') : `z9hG4bK${word(random)}`
    const text = write(
      `${method} ${uri ?? (hop && invite ? String(invite.uri) : this.#target)} SIP/2.0`,
      {
        Via: `SIP/2.0/${transport} ${sentBy};branch=${branch};rport`,
        'Max-Forwards': '70',
        ...(this.#routes.length > 0 && !hop ? { Route: this.#routes } : {}),
        From: this.#from,
        To: method === 'CANCEL' && invite !== undefined ? (invite.raw('To')[0] ?? '') : this.#to,
        'Call-ID': this.callId,
        CSeq: `${number} ${method}`,
        ...(method === 'INVITE' ? { Contact: `<${contact}>` } : {}),
      },
      headers,
      body,
    )
    if (method === 'INVITE') {
      this.#invite = requestOf(text)
      this.#final = undefined
    }
    return text
  }

  /** Throws TypeError when no request has come to answer. */
  response(status: number, options: SendOptions): string {
    const request = options.for ?? this.#received
    if (request === undefined) throw new TypeError(`there is no request to answer with ${status}`)
    const { headers = {}, body = '', reason = '' } = options
    const tagged = status > 100 && request.to.tag === undefined
    const opens = request.method === 'INVITE' && status > 100 && status < 300
    return write(
      `SIP/2.0 ${status} ${reason}`,
      {
        Via: request.raw('Via'),
        ...(opens && request.has('Record-Route') ? { 'Record-Route': request.raw('Record-Route') } : {}),
        From: request.raw('From'),
        To: tagged ? this.#from : request.raw('To'),
        'Call-ID': request.raw('Call-ID'),
        CSeq: request.raw('CSeq'),
        ...(opens ? { Contact: `<${this.#own.contact}>` } : {}),
      },
      headers,
      body,
    )
  }
}

function requestOf(text: string): Request | undefined {
  const parsed = parseMessage(text)
  return parsed.kind === 'ok' && parsed.message.kind === 'request' ? parsed.message : undefined
}

/** 60 random bits in lower case. */
function word(random: Random): string {
  return (random.uint32().toString(36) + random.uint32().toString(36)).padStart(12, '0')
}

/** The lines of the template, those given by the scenario in their places or after them, and the body. */
function write(start: string, template: Lines, given: Lines, body: string): string {
  const lines: Record<string, string | readonly string[] | undefined> = {
    ...template,
    ...(body.startsWith('v=') ? { 'Content-Type': 'application/sdp' } : {}),
    'Content-Length': String(body.length),
  }
  for (const [name, value] of Object.entries(given)) {
    const known = Object.keys(lines).find(line => line.toLowerCase() === name.toLowerCase())
    lines[known ?? name] = value
  }
  const head = Object.entries(lines).flatMap(([name, value]) =>
    value === undefined ? [] : (typeof value === 'string' ? [value] : value).map(each => `${name}: ${each}\r\n`),
  )
  return `${start}\r\n${head.join('')}\r\n${body}`
}
