/** One TCP, TLS or WebSocket connection as an actor: messages in go to the inlet, texts go out in order (§18.3, RFC 7118 §5). */

import type { ActorRef, Behavior, Receive, Self } from '../../actor/actor.js'
import type { Fault } from '../syntax/fault.js'
import { faultResponse } from '../syntax/fault-response.js'
import { Framer } from '../syntax/frame.js'
import { countFault } from '../syntax/syntax-counters.js'
import type { ConnectionState } from './connection-state.js'
import { type FlowMsg, hostPort, type Source } from './flow.js'
import type { Inlet } from './inlet.js'
import type { StreamEvents, StreamSocket, StreamTransport, Ticket } from './network.js'
import { placeFor, type Reach } from './reach.js'
import { refusal } from './refusal.js'
import type { StreamLimits } from './stream-limits.js'
import { undelivered } from './undelivered.js'

/** ms that a connection which cannot be used any more is kept for the answers to what came before. */
const LINGER = 500
/** ms for which nothing is read when a thread is behind. */
const PAUSE = 50
/** Octets that may have been read and not looked at; then reading waits, as what the peer sends is memory until then. */
const AHEAD = 131_072
/** Requests that go by another connection should this one be dead; whose are beyond hear that it has failed. */
const UNPROVEN = 1000
/** RFC 5626 §4.4.1. */
const PING = '\r\n\r\n'

type Patience = 'idle' | 'message' | 'stalled' | 'ping' | 'paused'

export type StreamConnectionMsg =
  | FlowMsg
  | { readonly kind: 'connected' }
  | { readonly kind: 'chunk'; readonly text: string }
  | { readonly kind: 'pong' }
  | { readonly kind: 'half'; readonly isHalf: boolean }
  | { readonly kind: 'closed'; readonly error?: Error | undefined }
  | { readonly kind: 'timer'; readonly of: Patience }
  /** Nobody sends anything to it any more. */
  | { readonly kind: 'leave' }
  /** It is not wanted any more, says who runs the stack. */
  | { readonly kind: 'shut' }
  | { readonly kind: 'state'; readonly replyTo: ActorRef<ConnectionState> }

export interface StreamConnectionArg {
  /** Opens the socket, or takes the accepted one. */
  readonly open: (events: StreamEvents) => StreamSocket
  readonly transport: StreamTransport
  readonly accepted: boolean
  /** Undefined when we listen nowhere. */
  readonly reach: Reach | undefined
  readonly inlet: Inlet
  readonly limits: StreamLimits
  /** Takes a message once more that the peer cannot have read: its connection was dead before. */
  readonly again: (message: FlowMsg) => void
  /** The connection is over: what is still on its way to it is sent on, until the answer is `leave`. */
  readonly leaving: (ref: ActorRef<StreamConnectionMsg>) => void
  readonly ticket: (ticket: Ticket) => void
}

export const streamConnection: Behavior<StreamConnectionMsg, StreamConnectionArg> = {
  label: ({ transport }) => `${transport.toLowerCase()} connection`,
  init(arg, self) {
    return new Connection(arg, self).receive
  },
}

class Connection {
  readonly #arg: StreamConnectionArg
  readonly #self: Self<StreamConnectionMsg>
  readonly #socket: StreamSocket
  readonly #source: Source
  /** None over WebSocket, which has its own frames. */
  readonly #framer: Framer | undefined
  #connected: boolean
  /** Until there is a connection. */
  readonly #waiting: FlowMsg[] = []
  /** Octets of those. */
  #held = 0
  /** Requests sent since the peer last showed that it lives. */
  #unproven: FlowMsg[] = []
  /** Octets that were read and not looked at. */
  #unread = 0
  /** Why nothing is read: we have too much of it, or the thread that gets it is behind. */
  #isAhead = false
  #isPaused = false
  #begun = false
  /** Nothing more is read. */
  #refused = false
  #sent = 0
  #received = 0
  readonly #began: number
  /** Octets that had been taken when the peer last was found slow. */
  #taken = -1
  #pings = 0
  /** Line ends of ours that have no answer yet (RFC 5626 §4.4.1). */
  #pongs = 0
  #isOver = false

  constructor(arg: StreamConnectionArg, self: Self<StreamConnectionMsg>) {
    const { open, transport, accepted, reach } = arg
    this.#arg = arg
    this.#self = self
    this.#began = self.now
    this.#connected = accepted
    const socket = open({
      connected: () => self.send(self.ref, { kind: 'connected' }),
      chunk: text => {
        this.#unread += text.length
        if (this.#unread > AHEAD) this.#getAhead()
        self.send(self.ref, { kind: 'chunk', text })
      },
      closed: error => self.send(self.ref, { kind: 'closed', error }),
      pong: () => self.send(self.ref, { kind: 'pong' }),
      half: isHalf => self.send(self.ref, { kind: 'half', isHalf }),
      ticket: arg.ticket,
    })
    const { address, port, identities } = socket
    const at = reach === undefined ? undefined : placeFor(reach, address)
    const local = at === undefined ? '' : hostPort(at.host, at.port)
    const source = { transport, address, port, flow: self.ref, local }
    this.#socket = socket
    this.#source = identities === undefined ? source : { ...source, identities }
    this.#framer = socket.ping === undefined ? new Framer() : undefined
    self.defer(() => socket.destroy())
    this.#alive()
    if (accepted) this.#opened()
  }

  readonly receive: Receive<StreamConnectionMsg> = message => {
    if (this.#isOver) {
      if (message.kind === 'transmit') this.#again(message)
      else if (message.kind === 'leave' || message.kind === 'timer') this.#self.stop()
      return
    }
    switch (message.kind) {
      case 'transmit':
        return this.#transmit(message)
      case 'connected':
        this.#connected = true
        this.#alive()
        this.#opened()
        for (const waiting of this.#waiting.splice(0)) this.#transmit({ ...waiting, again: true })
        return
      case 'chunk':
        return this.#chunk(message.text)
      case 'pong':
        this.#pings = 0
        return this.#alive()
      case 'half':
        return this.#await(message.isHalf)
      case 'closed':
        return this.#closed(message.error?.message ?? 'the connection was closed')
      case 'timer':
        return this.#expired(message.of)
      case 'shut':
        return this.#lost('it was closed here')
      case 'state':
        return this.#self.send(message.replyTo, this.#state())
      case 'leave':
        return
    }
  }

  #state(): ConnectionState {
    const { transport, accepted } = this.#arg
    const { address, port, own, queued } = this.#socket
    return {
      transport,
      direction: accepted ? 'in' : 'out',
      state: this.#connected ? 'open' : 'connecting',
      local: own === undefined ? this.#source.local : hostPort(own.address, own.port),
      remote: hostPort(address, port),
      age: Math.round(this.#self.now - this.#began),
      received: this.#received,
      sent: this.#sent,
      queued,
    }
  }

  #wait(of: Patience, after: number): void {
    this.#self.startTimer(of, after, { kind: 'timer', of })
  }

  #alive(): void {
    const { connect, handshake, idle } = this.#arg.limits
    const shaking = this.#arg.transport === 'TCP' ? 0 : handshake
    this.#wait('idle', this.#connected ? idle : connect + shaking)
  }

  #opened(): void {
    const { accepted, limits } = this.#arg
    if (this.#socket.ping !== undefined) this.#wait('ping', limits.ping)
    else if (accepted) this.#wait('message', limits.message)
  }

  #expired(of: Patience): void {
    switch (of) {
      case 'idle':
        return this.#lost(this.#connected ? 'the connection was idle' : 'the connection could not be made in time')
      case 'message':
        return this.#lost('the peer did not finish its message in time')
      case 'stalled':
        return this.#watchQueue()
      case 'paused':
        this.#isPaused = false
        return this.#read()
      case 'ping':
        if (++this.#pings > 2) return this.#lost('the peer does not answer to pings')
        this.#socket.ping?.()
        return this.#wait('ping', this.#arg.limits.ping)
    }
  }

  #transmit(message: FlowMsg): void {
    if (!this.#connected) this.#hold(message)
    else if (this.#isOver || this.#socket.isClosing) this.#again(message)
    else if (message.owner === undefined || message.again || this.#unproven.length >= UNPROVEN) this.#send(message)
    else {
      // A connection that was made earlier may be dead without our knowing: whose request it carries hears of it later.
      this.#unproven.push(message)
      this.#write(message.text)
    }
  }

  #hold(message: FlowMsg): void {
    this.#held += message.text.length
    if (this.#held <= this.#arg.limits.queued) this.#waiting.push(message)
    else undelivered(this.#self, message, 'too much waits for the connection to be made')
  }

  #send({ text, owner }: FlowMsg): void {
    if (owner !== undefined) this.#self.send(owner, { kind: 'onFlow', flow: this.#self.ref })
    this.#write(text)
  }

  #write(text: string): void {
    const { queued, stalled } = this.#arg.limits
    this.#sent += text.length
    if (text === PING) this.#pongs++
    this.#socket.send(text)
    if (this.#socket.queued === 0) return
    // A peer that does not read must not hold our memory.
    if (this.#socket.queued > queued) return this.#lost('the peer does not read')
    if (this.#taken >= 0) return
    this.#taken = this.#sent - this.#socket.queued
    this.#wait('stalled', stalled)
  }

  #watchQueue(): void {
    const taken = this.#sent - this.#socket.queued
    if (this.#socket.queued > 0 && taken <= this.#taken) return this.#lost('the peer does not read')
    this.#taken = this.#socket.queued > 0 ? taken : -1
    if (this.#taken >= 0) this.#wait('stalled', this.#arg.limits.stalled)
  }

  /** The peer lives: from now on the end of the connection is a transport error for what it carries (§17.1.4). */
  #prove(): void {
    for (const { owner } of this.#unproven) {
      if (owner !== undefined) this.#self.send(owner, { kind: 'onFlow', flow: this.#self.ref })
    }
    this.#unproven = []
  }

  /** What the peer has not shown to have read goes by another connection; a request that it did read finds its transaction. */
  #closed(reason: string): void {
    for (const message of this.#unproven.splice(0)) this.#again(message)
    this.#lost(reason)
  }

  /** By another connection, once. */
  #again({ flow, ...message }: FlowMsg): void {
    if (message.again) undelivered(this.#self, message, 'the connection was closed')
    else this.#arg.again({ ...message, again: true })
  }

  /** Whatever still waits for the connection will not go out by it. */
  #lost(reason: string): void {
    for (const message of [...this.#waiting, ...this.#unproven]) undelivered(this.#self, message, reason)
    this.#socket.destroy()
    this.#leave()
  }

  #leave(): void {
    this.#isOver = true
    this.#arg.leaving(this.#self.ref)
    this.#wait('idle', LINGER)
  }

  #chunk(text: string): void {
    this.#alive()
    this.#received += text.length
    this.#unread -= text.length
    if (this.#unproven.length > 0) this.#prove()
    if (this.#framer === undefined) this.#frame(text)
    else this.#octets(this.#framer, text)
    if (!this.#isAhead || this.#unread > 0) return
    this.#isAhead = false
    this.#read()
  }

  /** Not as a message: more would be read before its turn. */
  #getAhead(): void {
    if (this.#isAhead || this.#socket.pause === undefined) return
    this.#isAhead = true
    this.#socket.pause()
  }

  /** Again, unless there still is a reason not to. */
  #read(): void {
    if (!this.#isAhead && !this.#isPaused) this.#socket.resume?.()
  }

  /** RFC 7118 §5.2: one message in a frame, or the keep-alive of RFC 5626 §3.5.1. */
  #frame(text: string): void {
    this.#pings = 0
    if (text !== PING) return this.#deal(text)
    this.#arg.inlet.syntax.keepalives++
    this.#write('\r\n')
  }

  #deal(text: string): void {
    const { inlet } = this.#arg
    if (inlet.deal(text, this.#source) || this.#isPaused || this.#socket.pause === undefined) return
    inlet.paused++
    this.#isPaused = true
    this.#socket.pause()
    this.#wait('paused', PAUSE)
  }

  #octets(framer: Framer, text: string): void {
    if (this.#refused) return
    const { syntax } = this.#arg.inlet
    // What begins with a control character is no SIP, and may never end a line that tells.
    if (!this.#begun && !/^[\r\n\x20-\x7e]/.test(text)) {
      countFault(syntax, {})
      return this.#lost('the peer speaks no SIP')
    }
    this.#begun = true
    const fresh = framer.isIdle
    let dealt = false
    for (const event of framer.push(text)) {
      switch (event.kind) {
        case 'message':
          this.#deal(event.text.length < text.length ? apart(event.text) : event.text)
          dealt = true
          break
        case 'ping':
          syntax.keepalives++
          this.#write('\r\n')
          break
        case 'pong':
          if (this.#pongs > 0) framer.endPong()
          this.#pongs = Math.max(0, this.#pongs - 1)
          break
        case 'fault':
          countFault(syntax, event.fault)
          return this.#refuse(event.fault, dealt)
      }
    }
    if (framer.isIdle || fresh || dealt) this.#await(!framer.isIdle)
  }

  /** The end of a message that has just begun. */
  #await(isHalf: boolean): void {
    if (isHalf) this.#wait('message', this.#arg.limits.message)
    else this.#self.stopTimer('message')
  }

  /** Where the next message begins is unknown: what is owed is said, and the connection closed (§18.3). */
  #refuse(fault: Fault, dealt: boolean): void {
    const response = faultResponse(fault)
    if (response !== undefined) this.#socket.send(refusal(response, this.#source).text)
    // What came in one piece with the fault has not been answered yet.
    if (dealt) {
      this.#refused = true
      return this.#wait('message', LINGER)
    }
    this.#socket.end()
    this.#leave()
  }
}

/** A text of its own: one that was cut out keeps the whole piece alive, and is slower to read. */
function apart(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
