/** PUBLISH as an event publication agent sends it: RFC 3903 §4. */

import { createAddress } from '../syntax/address.js'
import type { HeaderInputs } from '../syntax/header-value.js'
import { newCSeq, newTag, type Random } from '../syntax/ids.js'
import { checkBody, type Request, type Response } from '../syntax/message.js'
import { createRequest } from '../syntax/request.js'
import type { Uri } from '../syntax/uri.js'
import type { Order } from './soft-state.js'
import type { Subject } from './upkeep.js'

export interface PublicationOptions {
  /** The event package, such as presence. */
  readonly event: string
  /** The state, octets as a latin1 string, and its media type. */
  readonly body: string
  readonly contentType: string
  /** Seconds to ask for: 3600 unless given. */
  readonly expires?: number
  /** Who publishes, as a URI: whose state it is, unless given. */
  readonly from?: string | Uri
  /** Further headers; a Route is an outbound proxy. */
  readonly headers?: HeaderInputs
}

export interface PublicationArg {
  readonly uri: Uri
  readonly options: PublicationOptions
  readonly callId: string
  readonly random: Random
}

export class PublishSubject implements Subject {
  readonly #uri: Uri
  readonly #options: PublicationOptions
  readonly #callId: string
  readonly #fromTag: string
  #seq: number
  /** RFC 3903 §4.1: names the state that the server has of us. */
  #etag: string | undefined
  #body: string

  /** Throws TypeError for what cannot be written. */
  constructor({ uri, options, callId, random }: PublicationArg) {
    this.#uri = uri
    this.#options = options
    this.#callId = callId
    this.#fromTag = newTag(random)
    this.#seq = newCSeq(random)
    this.#body = options.body
    this.request('create', 0)
  }

  /** Another state, from the next request with a body on. Throws TypeError for what is no body. */
  publish(body: string): void {
    this.#body = checkBody(body)
  }

  nextSeq = (): number => ++this.#seq

  request = (order: Order, expires: number): Request | undefined => {
    if (order === 'create') this.#etag = undefined
    if (order === 'remove' && this.#etag === undefined) return undefined
    const { event, contentType, from = this.#uri, headers = {} } = this.#options
    // §4.3, §4.5: only what is new has a body.
    const isNews = order === 'create' || order === 'modify' || this.#etag === undefined
    return createRequest('PUBLISH', this.#uri, {
      from: createAddress({ uri: from, tag: this.#fromTag }),
      to: createAddress({ uri: this.#uri }),
      callId: this.#callId,
      cseq: this.nextSeq(),
      headers: {
        Event: event,
        Expires: expires,
        ...(this.#etag === undefined ? {} : { 'SIP-If-Match': this.#etag }),
        ...(isNews ? { 'Content-Type': contentType } : {}),
        ...headers,
      },
      body: isNews ? this.#body : '',
    })
  }

  /** RFC 3903 §4.1: the tag changes with each answer. One without a tag has not been told what it could refresh. */
  granted = (response: Response, asked: number): number => {
    this.#etag = response.get('SIP-ETag')
    return response.get('Expires') ?? asked
  }
}
