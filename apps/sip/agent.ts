/** What places calls and sends requests: the application's side of a UAC (§8.1.1). */

import type { ActorRef, Kernel } from '../actor/actor.js'
import type { CredentialSource } from './core/auth/credentials.js'
import { DigestClient } from './core/auth/digest-client.js'
import { Call, type Outcome } from './core/call.js'
import type { CoresMsg } from './core/cores.js'
import { routed } from './core/route.js'
import { type Address, createAddress } from './syntax/address.js'
import type { HeaderInputs } from './syntax/header-value.js'
import { newCSeq, newTag, type Random } from './syntax/ids.js'
import type { Request } from './syntax/message.js'
import { createRequest } from './syntax/request.js'
import { toUri, type Uri } from './syntax/uri.js'

export interface RequestOptions {
  /** Who we are, as a URI: `sip:anonymous@anonymous.invalid` unless given (§8.1.1.3). */
  readonly from?: string
  readonly headers?: HeaderInputs
  /** Octets as a latin1 string. One that begins with v= is taken for application/sdp. */
  readonly body?: string
  /**
   * What to answer a 401 or 407 with (§22): `{ username, password }`, `{ username, ha1 }`, or a function that returns one
   * of these for a realm, or a promise of it, or undefined. A challenge that is answered is not among the responses of a
   * call; one that cannot be ends it as rejected. A DigestClient, given to several requests, saves their challenges.
   */
  readonly auth?: CredentialSource | DigestClient
}

export interface InviteOptions extends RequestOptions {
  /** Gives the call up when it aborts. */
  readonly signal?: AbortSignal
}

export interface AgentOptions {
  readonly kernel: Kernel
  readonly cores: () => ActorRef<CoresMsg>
  readonly random: Random
  readonly newCallId: () => string
}

/** The anonymous user of §8.1.1.3. */
const ANONYMOUS = 'sip:anonymous@anonymous.invalid'

export class Agent {
  readonly #options: AgentOptions

  constructor(options: AgentOptions) {
    this.#options = options
  }

  /** Places a call (§13.2). Throws TypeError for a URI, header or body that cannot be written. */
  invite(uri: string | Uri, options: InviteOptions = {}): Call {
    const { kernel, cores } = this.#options
    const { request, nextHop } = routed(this.#request('INVITE', toUri(uri), options))
    const auth = digestClient(options)
    const call = new Call((report, settle) => {
      kernel.send(cores(), { kind: 'invite', request, nextHop, report, settle, auth })
      return () => kernel.send(cores(), { kind: 'cancelCall', callId: request.callId })
    })
    if (options.signal !== undefined) cancelWith(call, options.signal)
    return call
  }

  /** Sends a request outside a dialog, no INVITE, and settles with its final response or failure. Never rejects. */
  request(method: string, uri: string | Uri, options: RequestOptions = {}): Promise<Outcome> {
    if (method === 'INVITE' || method === 'ACK' || method === 'CANCEL') {
      throw new TypeError(`${method} is not sent with request(): use invite()`)
    }
    const { kernel, cores } = this.#options
    const { request, nextHop } = routed(this.#request(method, toUri(uri), options))
    const auth = digestClient(options)
    return new Promise(done => kernel.send(cores(), { kind: 'send', request, nextHop, done, auth }))
  }

  #request(method: string, uri: Uri, { from, headers, body }: RequestOptions): Request {
    const { random, newCallId } = this.#options
    const sdp = body?.startsWith('v=') ? { 'Content-Type': 'application/sdp' } : {}
    return createRequest(method, uri, {
      from: this.#from(from ?? ANONYMOUS, newTag(random)),
      to: createAddress({ uri }),
      callId: newCallId(),
      cseq: newCSeq(random),
      headers: { ...sdp, ...headers },
      ...(body === undefined ? {} : { body }),
    })
  }

  #from(uri: string, tag: string): Address {
    return createAddress({ uri, tag })
  }
}

function digestClient({ auth }: RequestOptions): DigestClient | undefined {
  return auth === undefined || auth instanceof DigestClient ? auth : new DigestClient(auth)
}

/** A signal may outlive its calls by far, so each call lets go of it. */
function cancelWith(call: Call, signal: AbortSignal): void {
  const cancel = (): void => call.cancel()
  if (signal.aborted) return cancel()
  signal.addEventListener('abort', cancel, { once: true })
  void call.outcome.then(() => signal.removeEventListener('abort', cancel))
}
