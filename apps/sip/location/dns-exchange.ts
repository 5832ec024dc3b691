/** One question to one name server: RFC 1035 §4.2, RFC 5452 §9, RFC 7766. */

import type { Clock, Due, TimerHandle } from '../../actor/actor.js'
import type { Random } from '../syntax/ids.js'
import { type DnsMessage, readMessage, recordTypes, writeQuery } from './dns-message.js'
import { numericAddress } from './numeric-address.js'
import type { Question } from './plan.js'
import { canonicalName } from './resolver.js'

/** What is needed of a network; the one of the transport layer has it. Texts are latin1. */
export interface DnsNetwork {
  udp(
    address: string,
    port: number,
    events: {
      bound(address: string, port: number): void
      datagram(text: string, address: string, port: number): void
      failed(error: Error): void
    },
  ): {
    send(text: string, address: string, port: number, failed?: (error: Error) => void): void
    close(): void
  }
  connect(
    address: string,
    port: number,
    events: { connected(): void; chunk(text: string): void; closed(error?: Error): void },
  ): { send(text: string): void; destroy(): void }
}

export interface DnsContext {
  readonly network: DnsNetwork
  readonly clock: Clock
  readonly random: Random
}

export interface NameServer {
  /** IPv4, or IPv6 without brackets. */
  readonly address: string
  readonly port: number
}

type Asked = Question & { readonly edns: boolean }

/** An answer, or why there is none. */
export type Exchanged = DnsMessage | { readonly reason: string }

/** `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`; undefined for what is none of them. */
export function parseNameServer(text: string): NameServer | undefined {
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const address = six ?? four ?? text
  const bare = address.replace(/%.*$/, '')
  const known = numericAddress(bare)
  if (known === undefined || known === 'invalid' || Number(port) > 65_535) return undefined
  return { address, port: Number(port ?? 53) }
}

/** What a server that knows no EDNS says to it: RFC 6891 §7. */
const FORMERR = 1

/**
 * Asks by UDP, and by TCP when the answer does not fit; without EDNS where the server does not know it. `timeout` ms for each.
 * Returns what gives it up.
 */
export function exchange(
  context: DnsContext,
  server: NameServer,
  question: Question,
  timeout: number,
  done: (result: Exchanged) => void,
): () => void {
  let giveUp: () => void
  const ask = (edns: boolean): void => {
    giveUp = askByUdp(context, server, { ...question, edns }, timeout, result => {
      if ('reason' in result) return done(result)
      if (result.rcode === FORMERR && edns) return ask(false)
      if (!result.isTruncated) return done(result)
      giveUp = askByTcp(context, server, { ...question, edns }, timeout, done)
    })
  }
  ask(true)
  return () => giveUp()
}

/** A wait for the one answer: it is over with that, after `timeout` ms, or when it is given up; `shut` closes its socket then. */
class Wait implements Due {
  readonly #clock: Clock
  readonly #late: string
  readonly #timer: TimerHandle
  readonly #shut: () => void
  readonly #done: (result: Exchanged) => void
  #isOver = false

  constructor(clock: Clock, timeout: number, late: string, shut: () => void, done: (result: Exchanged) => void) {
    this.#clock = clock
    this.#shut = shut
    this.#done = done
    this.#late = late
    this.#timer = clock.start(timeout, this)
  }

  fire(): void {
    this.end({ reason: this.#late })
  }

  get isOver(): boolean {
    return this.#isOver
  }

  end(result: Exchanged): void {
    if (this.#isOver) return
    this.giveUp()
    this.#done(result)
  }

  giveUp(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#clock.stop(this.#timer)
    this.#shut()
  }
}

/** Only what comes from the server, with our number and our question, is an answer; all else is not even noticed. */
function askByUdp(
  { network, clock, random }: DnsContext,
  server: NameServer,
  question: Asked,
  timeout: number,
  done: (result: Exchanged) => void,
): () => void {
  const id = random.uint32() & 0xffff
  const from = sameForm(server.address)
  // Port 0 is one that the system chooses, another for each question: RFC 5452 §9.2.
  const socket = network.udp(server.address.includes(':') ? '::' : '0.0.0.0', 0, {
    bound: () => clock.soon(ask),
    datagram(text, address, port) {
      if (port !== server.port || sameForm(address) !== from) return
      const message = readMessage(text)
      if (message !== undefined && answers(message, id, question)) wait.end(message)
    },
    failed: error => wait.end(failure(error)),
  })
  const wait = new Wait(clock, timeout, 'no answer in time', () => socket.close(), done)
  const ask = (): void => {
    if (wait.isOver) return
    const query = writeQuery(id, question, question.edns)
    socket.send(query, server.address, server.port, error => wait.end(failure(error)))
  }
  return () => wait.giveUp()
}

function askByTcp(
  { network, clock, random }: DnsContext,
  server: NameServer,
  question: Asked,
  timeout: number,
  done: (result: Exchanged) => void,
): () => void {
  const id = random.uint32() & 0xffff
  let received = ''
  const socket = network.connect(server.address, server.port, {
    connected: () => {
      const query = writeQuery(id, question, question.edns)
      socket.send(String.fromCharCode(query.length >> 8, query.length & 255) + query)
    },
    chunk(text) {
      received += text
      const length = received.charCodeAt(0) * 256 + received.charCodeAt(1)
      if (received.length < 2 || received.length < 2 + length) return
      const message = readMessage(received.slice(2, 2 + length))
      const isAnswer = message !== undefined && answers(message, id, question)
      wait.end(isAnswer ? message : { reason: 'the answer makes no sense' })
    },
    closed: error => wait.end(error === undefined ? { reason: 'it closed the connection' } : failure(error)),
  })
  const wait = new Wait(clock, timeout, 'no answer in time over TCP', () => socket.destroy(), done)
  return () => wait.giveUp()
}

/** Servers that cannot even read a question may send it back empty, with an error. */
function answers({ isAnswer, id, question, rcode }: DnsMessage, expected: number, asked: Question): boolean {
  if (!isAnswer || id !== expected) return false
  if (question === undefined) return rcode !== 0 && rcode !== 3
  return question.type === recordTypes[asked.type] && canonicalName(question.name) === canonicalName(asked.name)
}

function failure(error: Error): Exchanged {
  return { reason: error.message }
}

/** IPv6 addresses can be written in many ways. */
function sameForm(address: string): string {
  return address.includes(':') ? new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname : address
}
