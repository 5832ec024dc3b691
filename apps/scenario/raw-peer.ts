/** A peer without a stack: it sends exactly what the scenario says, and receives exactly what it expects. */

import { type Message, parseMessage, type Request, type Response } from '../sip/sip.js'
import { Conversation, type Own, type SendOptions } from './conversation.js'
import type { Expectations, Expected } from './expectation.js'
import { ScenarioFailure } from './failure.js'
import { type Arrival, Inbox } from './inbox.js'
import type { Line, Place, RawTransport } from './raw-transport.js'
import type { SeededRandom } from './seeded-random.js'
import { type Host, pause } from './setting.js'

/** Whoever can be sent to. */
export interface Peer {
  readonly name: string
  readonly place: Place
  /** Its URI, for a user of its name unless another is given. */
  uri(user?: string): string
}

export interface OutsideOptions extends SendOptions {
  /** Begins a new dialog with a peer; without it a request continues the latest one. */
  readonly to?: Peer
  /** The user asked for at that peer. */
  readonly user?: string
}

/** ms to wait for a message when the scenario does not say. */
const WITHIN = 5000
/** ms between two looks at a connection. */
const STEP = 10

export class RawPeer implements Peer {
  readonly name: string
  readonly place: Place
  readonly random: SeededRandom
  readonly #host: Host
  readonly #transport: RawTransport
  readonly #inbox: Inbox<Line>
  readonly #own: Own
  readonly #conversations = new Map<string, Conversation>()
  /** How the messages of a dialog travel. */
  readonly #lines = new Map<string, Line>()
  /** The way back for each request that came, by its text. */
  readonly #ways = new Map<string, Line>()
  #current: Conversation | undefined
  #line: Line | undefined
  #latest = ''
  readonly #closed = new WeakSet<Line>()

  constructor(name: string, host: Host, transport: RawTransport, sentBy: string | undefined) {
    this.name = name
    this.#host = host
    this.random = host.random
    this.#transport = transport
    this.place = transport.place
    this.#inbox = new Inbox(name, host.clock, arrival => this.#taken(arrival))
    const { address, port } = transport.place
    this.#own = {
      transport: host.transport.toUpperCase(),
      sentBy: sentBy ?? `${address}:${port}`,
      uri: this.uri(),
      contact: this.uri(),
      random: host.random,
    }
  }

  uri(user: string = this.name): string {
    return this.#host.uri(user, this.place)
  }

  /** A request by its method, or a response by its status, with all that is not given filled in. Returns what was sent. */
  send(method: string, options?: OutsideOptions): Request
  send(status: number, options?: SendOptions): Response
  send(what: string | number, options: OutsideOptions = {}): Message {
    const text = this.compose(what, options)
    const parsed = parseMessage(text)
    if (parsed.kind !== 'ok') throw new TypeError(`${what} would be no SIP message: send its octets with write()`)
    this.#out(text)
    return parsed.message
  }

  /** The text that `send` would send, to be sent another way with `write`. */
  compose(what: string | number, options: OutsideOptions = {}): string {
    return typeof what === 'string' ? this.#request(what, options) : this.#response(what, options)
  }

  /** Octets as they are: to a peer, back on the way of a request, or to where the latest message went. */
  write(text: string, to?: Peer | Request): void {
    if (to !== undefined) this.#line = 'place' in to ? this.#transport.to(to.place) : this.#ways.get(to.source ?? '')
    this.#out(text)
  }

  /** The same octets again: a retransmission. */
  repeat(message?: Message): void {
    this.#out(message?.source ?? this.#latest)
  }

  /** Closes the connection that was used latest. */
  disconnect(): void {
    this.#line?.close()
  }

  /**
   * Waits for all of these messages, in any order. Anything else that comes fails the scenario, except retransmissions,
   * which satisfy nothing and disturb nothing.
   */
  expect<const E extends readonly Expected[]>(...expected: E): Promise<Expectations<E>> {
    return this.within(WITHIN).expect(...expected)
  }

  /** With another time to wait, in ms. */
  within(ms: number): Pick<RawPeer, 'expect'> {
    return {
      expect: async <const E extends readonly Expected[]>(...expected: E): Promise<Expectations<E>> =>
        (await this.#inbox.expect(expected, ms)) as Expectations<E>,
    }
  }

  /** Nothing new comes for `ms` ms. */
  async silence(ms: number): Promise<void> {
    await pause(this.#host.clock, ms)
    this.checkEmpty()
  }

  /** When a message came, with all its retransmissions: ms after it came first. */
  times(message: Message): readonly number[] {
    const [first = 0, ...others] = this.#inbox.times(message.source ?? '')
    return [0, ...others.map(at => at - first)]
  }

  /** Throws ScenarioFailure when something has come that nobody expected. */
  checkEmpty(): void {
    this.#inbox.checkEmpty()
  }

  /** Resolves when the connection that was used latest has been closed; rejects with ScenarioFailure after `ms` ms. */
  async closedWithin(ms: number): Promise<void> {
    const line = this.#line
    const end = this.#host.clock.now() + ms
    while (line !== undefined && !this.#closed.has(line)) {
      if (this.#host.clock.now() >= end) {
        throw new ScenarioFailure({
          peer: this.name,
          what: `its connection was not closed within ${ms} ms`,
          expected: [],
        })
      }
      await pause(this.#host.clock, STEP)
    }
  }

  close(): void {
    this.#transport.close()
  }

  /** A connection has come to its end. */
  closed(line: Line): void {
    this.#closed.add(line)
  }

  /** A text has come in. */
  receive(text: string, line: Line): void {
    const parsed = parseMessage(text)
    if (parsed.kind === 'keepalive') return
    const message = parsed.kind === 'ok' ? parsed.message : undefined
    this.#inbox.push({ message, text, line, at: this.#host.clock.now() })
  }

  #taken({ message, text, line }: Arrival<Line>): void {
    if (message === undefined) return
    const { callId } = message
    let conversation = this.#conversations.get(callId)
    if (conversation === undefined && message.kind === 'request') {
      conversation = Conversation.from(this.#own, message)
      this.#conversations.set(callId, conversation)
    }
    conversation?.received(message)
    this.#current = conversation
    this.#ways.set(text, line)
    // A connection carries what follows, too.
    if (this.#host.transport === 'tcp' && message.kind === 'response') this.#lines.set(callId, line)
  }

  #request(method: string, options: OutsideOptions): string {
    const { to, user } = options
    if (to !== undefined) {
      this.#current = Conversation.with(this.#own, to.uri(user))
      this.#conversations.set(this.#current.callId, this.#current)
      this.#lines.set(this.#current.callId, this.#transport.to(to.place))
    }
    const conversation = this.#current
    if (conversation === undefined) throw new TypeError(`${this.name} has no dialog yet: say to whom ${method} goes`)
    const text = conversation.request(method, options)
    this.#line = this.#lines.get(conversation.callId) ?? this.#transport.to(conversation.peer)
    return text
  }

  #response(status: number, options: SendOptions): string {
    const conversation =
      options.for === undefined ? this.#current : (this.#conversations.get(options.for.callId) ?? this.#current)
    if (conversation === undefined) throw new TypeError(`${this.name} has no request to answer with ${status}`)
    const request = options.for ?? conversation.pending
    this.#line = this.#ways.get(request?.source ?? '') ?? this.#line
    return conversation.response(status, options)
  }

  #out(text: string): void {
    if (this.#line === undefined) throw new TypeError(`${this.name} does not know where to send to`)
    this.#latest = text
    this.#line.send(text)
  }
}
