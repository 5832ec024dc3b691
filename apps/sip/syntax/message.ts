/** Requests and responses as immutable values: §7.1, §7.2. */

import type { Field } from './field.js'
import type { Grammar } from './grammar.js'
import type { HeaderInputs } from './header-value.js'
import { Headers, mergeFields } from './headers.js'
import { showAs } from './inspection.js'
import { checkMethod, type Method } from './method.js'
import { octetsOf, refuseControls } from './quoted.js'
import { checkStatus, reasonOf } from './status.js'
import { toUri, type Uri } from './uri.js'

export type Message = Request | Response

/** What a message has whatever it is about; given by the parser and the builders. */
export interface Content {
  readonly fields: readonly Field[]
  /** One character per octet. */
  readonly body: string
  readonly grammar: Grammar
}

export class Request extends Headers<Request> {
  static {
    showAs(Request, shown)
  }

  readonly kind = 'request'
  readonly method: Method
  readonly uri: Uri
  /** One character per octet. */
  readonly body: string
  /** The whole message as it was received; undefined once anything is changed. */
  readonly source: string | undefined

  constructor(start: { readonly method: Method; readonly uri: Uri }, content: Content, source?: string) {
    super(content.fields, content.grammar)
    this.method = start.method
    this.uri = start.uri
    this.body = content.body
    this.source = source
  }

  get startLine(): string {
    return `${this.method} ${this.uri.toString()} SIP/2.0`
  }

  override withFields(fields: readonly Field[]): Request {
    return fields === this.fields ? this : new Request(this, { fields, body: this.body, grammar: this.grammar })
  }

  /**
   * With some parts replaced; headers replace all lines of their name. The body is octets, one character each.
   * Throws TypeError for illegal parts.
   */
  with(changes: {
    readonly method?: Method
    readonly uri?: Uri | string
    readonly body?: string
    readonly headers?: HeaderInputs
  }): Request {
    const { grammar } = this
    return new Request(
      {
        method: changes.method === undefined ? this.method : checkMethod(changes.method),
        uri: changes.uri === undefined ? this.uri : toUri(changes.uri),
      },
      {
        fields: changes.headers === undefined ? this.fields : mergeFields(this.fields, changes.headers, grammar),
        body: changes.body === undefined ? this.body : checkBody(changes.body),
        grammar,
      },
    )
  }
}

export class Response extends Headers<Response> {
  static {
    showAs(Response, shown)
  }

  readonly kind = 'response'
  readonly status: number
  /** Octets, as written. */
  readonly reason: string
  /** One character per octet. */
  readonly body: string
  /** The whole message as it was received; undefined once anything is changed. */
  readonly source: string | undefined

  constructor(start: { readonly status: number; readonly reason: string }, content: Content, source?: string) {
    super(content.fields, content.grammar)
    this.status = start.status
    this.reason = start.reason
    this.body = content.body
    this.source = source
  }

  get startLine(): string {
    return `SIP/2.0 ${this.status} ${this.reason}`
  }

  get isProvisional(): boolean {
    return this.status < 200
  }

  get isSuccess(): boolean {
    return this.status >= 200 && this.status < 300
  }

  override withFields(fields: readonly Field[]): Response {
    return fields === this.fields ? this : new Response(this, { fields, body: this.body, grammar: this.grammar })
  }

  /**
   * With some parts replaced; headers replace all lines of their name. A new status brings its own reason unless given.
   * Throws TypeError for illegal parts.
   */
  with(changes: {
    readonly status?: number
    readonly reason?: string
    readonly body?: string
    readonly headers?: HeaderInputs
  }): Response {
    const { grammar } = this
    const status = changes.status === undefined ? this.status : checkStatus(changes.status)
    const reason = status === this.status ? this.reason : reasonOf(status)
    return new Response(
      { status, reason: changes.reason === undefined ? reason : checkReason(changes.reason) },
      {
        fields: changes.headers === undefined ? this.fields : mergeFields(this.fields, changes.headers, grammar),
        body: changes.body === undefined ? this.body : checkBody(changes.body),
        grammar,
      },
    )
  }
}

function shown({ startLine, fields, body }: Message): object {
  return { startLine, lines: fields.map(({ line }) => line.trimEnd()), body }
}

/** Reason phrases are text without line ends: §25.1. */
export function checkReason(reason: string): string {
  refuseControls(reason, 'reason phrase')
  return octetsOf(reason)
}

const beyondOctet = /[^\0-\xff]/

/** Throws TypeError when a character is more than an octet: text is encoded by the caller, who knows its charset. */
export function checkBody(body: string): string {
  if (beyondOctet.test(body)) throw new TypeError('a body is made of octets: encode its text first')
  return body
}

/** Throws TypeError for a body of no type: §7.4.1. Returns the message. */
export function checkType<M extends Request | Response>(message: M): M {
  if (message.body !== '' && !message.has('Content-Type')) {
    throw new TypeError('a body needs a Content-Type among the headers, such as text/plain (§7.4.1)')
  }
  return message
}
