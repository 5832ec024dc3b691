/** REGISTER as a client sends it, and what its 200 says: §10.2, RFC 3327, RFC 3608, RFC 5626 for one flow. */

import { type Address, createAddress, toAddress, wildcard } from '../syntax/address.js'
import type { HeaderInputs } from '../syntax/header-value.js'
import { newCSeq, newTag, type Random } from '../syntax/ids.js'
import type { Request, Response } from '../syntax/message.js'
import { createRequest } from '../syntax/request.js'
import { createUri, toUri, type Uri } from '../syntax/uri.js'
import { uriEquals } from '../syntax/uri-equality.js'
import type { Egress } from '../transport/egress.js'
import { type Features, featuresText } from './capabilities.js'
import { type Gruus, gruusOf } from './gruu.js'
import type { Order } from './soft-state.js'
import type { Subject } from './upkeep.js'

export interface RegistrationOptions {
  /** The domain to register with, as a URI: that of the address of record unless given. Its user is left out (§10.2). */
  readonly registrar?: string | Uri
  /** Where we can be reached, as URIs or addresses: the address of record's user at the place that we send from, unless given. */
  readonly contacts?: readonly (string | Uri | Address)[]
  /** Seconds to ask for: 3600 unless given. */
  readonly expires?: number
  /** Who registers, where it is not the one who is registered (§10.2): a URI. */
  readonly from?: string | Uri
  /** Further headers; a Route is an outbound proxy. */
  readonly headers?: HeaderInputs
  /** RFC 5626: who we are, the same at each start, as in `urn:uuid:...`. The registrar then replaces what it had of us. */
  readonly instance?: string
  /** What we are capable of (RFC 3840 §5), for callers who want something in particular. */
  readonly features?: Features
  /** RFC 5626: which of our flows this is, 1 unless given. */
  readonly regId?: number
}

export interface RegistrationArg {
  readonly aor: Uri
  readonly options: RegistrationOptions
  readonly callId: string
  readonly random: Random
  /** ms that never go back. */
  readonly now: () => number
}

/** What a 2xx says of our contact. */
export interface Held {
  readonly contact: Uri | undefined
  /** RFC 5626 §4.2.1: what is for us comes by the flow that we have registered by. */
  readonly isOutbound: boolean
  readonly gruus: Gruus | undefined
  /** In ms of the clock. */
  readonly until: number
}

export class RegisterSubject implements Subject {
  readonly #aor: Uri
  readonly #registrar: Uri
  readonly #from: Address
  readonly #callId: string
  readonly #headers: HeaderInputs
  #supported: readonly string[]
  #contactParams: Readonly<Record<string, string>>
  readonly #features: string
  readonly #isNamed: boolean
  #contacts: readonly Address[]
  readonly #instance: string | undefined
  readonly #now: () => number
  #held: Held | undefined
  /** The registrar has accepted our contacts: they stay as they are. */
  #isBound = false
  #seq: number
  /** The next farewell is for the bindings of all user agents: §10.2.2. */
  removesAll = false

  /** Throws TypeError for what cannot be registered. */
  constructor({ aor, options, callId, random, now }: RegistrationArg) {
    const { registrar, contacts = [], from = aor, headers = {}, instance, regId = 1, features = {} } = options
    if (!aor.isSip || aor.user === undefined) throw new TypeError(`not an address of record: ${aor} (sip:USER@DOMAIN)`)
    const server = toUri(registrar ?? aor)
    if (!server.isSip) throw new TypeError(`not a registrar: ${server}`)
    const { scheme, host, port } = server
    const params = registrar === undefined ? {} : server.params
    this.#registrar = createUri({ scheme, host, params, ...(port === undefined ? {} : { port }) })
    this.#aor = aor
    this.#from = createAddress({ uri: from, tag: newTag(random) })
    this.#callId = callId
    this.#seq = newCSeq(random)
    this.#contactParams = instance === undefined ? {} : { '+sip.instance': `<${instance}>`, 'reg-id': String(regId) }
    this.#features = featuresText(features)
    this.#contacts = contacts.map(contact => this.#marked(contact))
    this.#isNamed = contacts.length > 0
    this.#instance = instance
    this.#now = now
    this.#supported = instance === undefined ? ['path'] : ['path', 'outbound', 'gruu']
    this.#headers = headers
    // What cannot be written is the caller's mistake, now and not later.
    this.request('create', 0)
  }

  /** What the latest 2xx has given us, as long as that lasts: RFC 5627 §4.2, a refusal takes nothing of it away. */
  get held(): Held | undefined {
    return this.#held !== undefined && this.#now() < this.#held.until ? this.#held : undefined
  }

  nextSeq = (): number => ++this.#seq

  request = (order: Order, expires: number): Request => {
    const contacts =
      order === 'remove' && this.removesAll ? [wildcard] : this.#isNamed || this.#isBound ? this.#contacts : []
    return createRequest('REGISTER', this.#registrar, {
      from: this.#from,
      to: createAddress({ uri: this.#aor }),
      callId: this.#callId,
      cseq: this.nextSeq(),
      headers: { Contact: contacts, Expires: expires, Supported: this.#supported, ...this.#headers },
    })
  }

  /** Where no contact is given, we are reached where we send from; where that is may change until it has been accepted. */
  complete = (request: Request, { sentBy, route }: Egress): Request => {
    if (request.has('Contact')) return request
    if (!this.#isNamed && !this.#isBound) {
      const { scheme, rawUser = '' } = this.#aor
      const isDefault = route.transport === 'UDP' || (scheme === 'sips' && route.transport === 'TLS')
      const transport = isDefault ? '' : `;transport=${route.transport.toLowerCase()}`
      this.#contacts = [this.#marked(`${scheme}:${rawUser}@${sentBy}${transport}`)]
    }
    return request.set('Contact', this.#contacts)
  }

  /** §10.2.4: what the 200 says of our contacts, whichever of them is forgotten first. */
  granted = (response: Response, asked: number): number => {
    const bindings = bindingsOf(response)
    const ours = bindings.filter(({ uri }) => this.#contacts.some(contact => uriEquals(contact.uri, uri)))
    const general = response.get('Expires') ?? asked
    // A border element may have changed our contact, or left the list out; what comes back then is all that is known.
    const seconds = (ours.length > 0 ? ours : bindings).map(({ expires = general }) => expires)
    this.#isBound = true
    const lasts = seconds.length === 0 ? general : Math.min(...seconds)
    this.#held = {
      contact: ours[0]?.uri ?? this.#contacts[0]?.uri,
      isOutbound: response.getAll('Require').includes('outbound'),
      gruus: this.#instance === undefined ? undefined : gruusOf(bindings, this.#instance),
      until: this.#now() + 1000 * lasts,
    }
    return lasts
  }

  /** RFC 5626 §4.2.1: 439 says that the first hop knows nothing of flows; then it is done without them. */
  isMended = ({ status }: Response): boolean => {
    if (status !== 439 || !('reg-id' in this.#contactParams)) return false
    const { 'reg-id': _, ...others } = this.#contactParams
    this.#contactParams = others
    this.#contacts = this.#contacts.map(contact => contact.with({ params: contact.params.without('reg-id') }))
    this.#supported = ['path', 'gruu']
    return true
  }

  #marked(contact: string | Uri | Address): Address {
    const address = typeof contact === 'string' || !('uri' in contact) ? createAddress({ uri: contact }) : contact
    if (address.expires !== undefined)
      throw new TypeError('a contact has no expires of its own: it is one of the options')
    let { params } = toAddress(`${address}${this.#features}`)
    for (const [name, value] of Object.entries(this.#contactParams)) params = params.with(name, value)
    return address.with({ params })
  }
}

/** All contacts that the registrar has for the address of record. */
export function bindingsOf(response: Response): readonly Address[] {
  return response.getAll('Contact').filter(({ isWildcard }) => !isWildcard)
}
