/** What requests and responses have in common for a servlet: SipServletMessage (JSR 289 §5). */

import { type Address, type Request, type Response, toAddress } from '../sip/sip.js'
import { Attributes } from './attributes.js'
import { bodyOf, charsetOf, octetsOf, textOf } from './content.js'
import { illegalState } from './servlet-error.js'
import type { SipApplicationSession } from './sip-application-session.js'
import type { SipSession } from './sip-session.js'
import { checkWritable } from './system-header.js'

/** The way that a message came. */
export interface Origin {
  readonly transport: string
  readonly address: string
  readonly port: number
  /** host:port of our end. */
  readonly local: string
}

export abstract class SipServletMessage {
  abstract readonly kind: 'request' | 'response'
  readonly session: SipSession
  #attributes: Attributes | undefined

  constructor(session: SipSession) {
    this.session = session
  }

  /** As the stack has it: immutable, with typed headers, such as `message.get('Event')`. */
  abstract get message(): Request | Response

  /** It has been sent, or finally answered: nothing can be changed any more. */
  abstract get isCommitted(): boolean

  /** A new request, whose From and To may still be changed. */
  protected abstract get isNew(): boolean

  /** Where it came from; undefined for what we make ourselves. */
  protected abstract get origin(): Origin | undefined

  /** Of the same kind as the one before. */
  protected abstract replace(message: Request | Response): void

  abstract send(): void

  get applicationSession(): SipApplicationSession {
    return this.session.applicationSession
  }

  get attributes(): Attributes {
    this.#attributes ??= new Attributes()
    return this.#attributes
  }

  /** That of the request, for responses, too. */
  get method(): string {
    return this.message.cseq.method
  }

  get protocol(): string {
    return 'SIP/2.0'
  }

  get from(): Address {
    return this.message.from
  }

  get to(): Address {
    return this.message.to
  }

  get callId(): string {
    return this.message.callId
  }

  /** Seconds, of the Expires header; undefined without one. */
  get expires(): number | undefined {
    return this.message.get('Expires')
  }

  set expires(seconds: number | undefined) {
    if (seconds === undefined) this.removeHeader('Expires')
    else this.setHeader('Expires', String(seconds))
  }

  /** Each name once, as it is written. */
  get headerNames(): readonly string[] {
    return [...new Set(this.message.fields.map(({ header }) => header.name))]
  }

  /** The first line of that name, as it is written; undefined without one. */
  getHeader(name: string): string | undefined {
    return this.message.raw(name)[0]
  }

  getHeaders(name: string): readonly string[] {
    return this.message.raw(name)
  }

  /** Replaces all lines of that name. Throws TypeError for system headers and illegal values. */
  setHeader(name: string, value: string): void {
    this.#write(name, message => {
      const isParty = ['from', 'to'].includes(message.grammar.find(name).key)
      return message.set(name, isParty ? tagged(value, message.get(name)) : value)
    })
  }

  addHeader(name: string, value: string): void {
    this.#write(name, message => message.append(name, value))
  }

  removeHeader(name: string): void {
    this.#write(name, message => message.remove(name))
  }

  /** The first value of a header that holds addresses, such as Contact. Throws TypeError when it is none. */
  getAddressHeader(name: string): Address | undefined {
    return this.getAddressHeaders(name)[0]
  }

  getAddressHeaders(name: string): readonly Address[] {
    return this.message.getAll(name).map(value => toAddress(String(value)))
  }

  setAddressHeader(name: string, address: Address | string): void {
    this.setHeader(name, toAddress(address).toString())
  }

  /** Before the others, or behind them. */
  addAddressHeader(name: string, address: Address | string, place: 'first' | 'last' = 'last'): void {
    const value = toAddress(address).toString()
    this.#write(name, message => (place === 'first' ? message.prepend(name, value) : message.append(name, value)))
  }

  /** The body as text, by the charset of its Content-Type; UTF-8 without one. */
  get content(): string {
    return textOf(this.message)
  }

  get rawContent(): Uint8Array {
    return octetsOf(this.message)
  }

  /** Octets. */
  get contentLength(): number {
    return this.message.body.length
  }

  get contentType(): string | undefined {
    return this.getHeader('Content-Type')
  }

  /** Text goes out in the charset of the type, UTF-8 unless it has one. Throws TypeError for a type that is none. */
  setContent(content: string | Uint8Array, type: string): void {
    this.#change(before => {
      const typed = before.setAll({ 'Content-Type': type })
      return typed.with({ body: bodyOf(content, charsetOf(typed)) })
    })
  }

  get characterEncoding(): string {
    return charsetOf(this.message)
  }

  get contentLanguage(): string | undefined {
    return this.getHeader('Content-Language')
  }

  set contentLanguage(language: string) {
    this.setHeader('Content-Language', language)
  }

  /** Whether it came over TLS. */
  get isSecure(): boolean {
    return ['TLS', 'WSS'].includes(this.origin?.transport ?? '')
  }

  /** `UDP` and so on; undefined, as the next four, for what did not come from a peer. */
  get transport(): string | undefined {
    return this.origin?.transport
  }

  get remoteAddr(): string | undefined {
    return this.origin?.address
  }

  get remotePort(): number | undefined {
    return this.origin?.port
  }

  get localAddr(): string | undefined {
    return this.origin?.local.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  }

  get localPort(): number | undefined {
    const [, port] = /:(\d+)$/.exec(this.origin?.local ?? '') ?? []
    return port === undefined ? undefined : Number(port)
  }

  #write(name: string, change: (message: Request | Response) => Request | Response): void {
    this.#change(message => {
      checkWritable(message, name, this.isNew)
      return change(message)
    })
  }

  #change(change: (message: Request | Response) => Request | Response): void {
    if (this.isCommitted) illegalState(`the ${this.kind} to change is committed: ${this.message.startLine}`)
    this.replace(change(this.message))
  }
}

/** §4.1.2: the tags of From and To are the container's. */
function tagged(value: string, before: unknown): string {
  const address = toAddress(value)
  if (address.tag !== undefined) throw new TypeError('the container writes the tags of From and To')
  const { tag } = toAddress(String(before))
  return String(tag === undefined ? address : address.with({ tag }))
}
