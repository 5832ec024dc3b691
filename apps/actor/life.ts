/** One life of one worker thread, seen from the main thread: its control port, its heartbeat, its end. */

import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { Census } from './census.js'
import { type Due, SystemClock } from './clock.js'
import { type ExitReason, killed } from './exit.js'
import type { CrashReport } from './kernel.js'
import type { Order, Report } from './node.js'
import type { Names } from './wire.js'

/** Ms beyond the drain until a thread that does not end is killed. */
const GRACE = 500

/** A deadline is waited for in so many parts: a machine that stood still meanwhile has lost one of them, not all. */
const PARTS = 10

/** What was seen of a node. */
export interface Sight {
  readonly census?: Census
  readonly tree?: string
}

/** What a life reports to its cluster. */
export interface Guardian {
  up(life: Life): void
  crashed(report: CrashReport, slot: number): void
}

export class Life implements Due {
  readonly slot: number
  readonly incarnation: number
  /** The node's end of the control channel, to be transferred to it. */
  readonly control: MessagePort
  readonly beats: Int32Array = new Int32Array(new SharedArrayBuffer(4))
  /** What the node's actors are called, once it is up. */
  names: Names | undefined = undefined
  /** Why it ended, where we know better than what piscina says. */
  reason: ExitReason | undefined = undefined
  readonly #guardian: Guardian
  readonly #port: MessagePort
  readonly #abort = new AbortController()
  readonly #clock = new SystemClock()
  #deadline: ReturnType<SystemClock['start']> | undefined = undefined
  /** What is left of the deadline, in parts of so many ms. */
  #parts = 0
  #part = 0
  readonly #asked: ((seen: Sight) => void)[] = []
  /** Reading a port after its close crashes the process. */
  #open = true
  #seen = 0
  #silent = 0

  /** `upWithin`: ms that the node may take to come up before it is killed. */
  constructor(slot: number, incarnation: number, upWithin: number, guardian: Guardian) {
    this.slot = slot
    this.incarnation = incarnation
    this.#guardian = guardian
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.control = port2
    port1.on('message', (report: Report) => this.#heard(report))
    port1.on('close', () => this.#hung())
    this.#allow(upWithin)
  }

  /** Aborting is terminating the thread: brutal, and works on one that does not listen any more. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  order(order: Order, ports: readonly MessagePort[] = []): void {
    this.#port.postMessage(order, ports)
  }

  kill(reason: ExitReason = killed): void {
    this.reason ??= reason
    this.#abort.abort()
  }

  /** Ends it in good order, and the hard way when that takes longer than `within` ms. */
  stop(within: number): void {
    this.#atEase()
    if (this.names === undefined) return this.kill()
    this.order({ kind: 'stop', within })
    this.#allow(within + GRACE)
  }

  /** A part of the deadline has passed, for coming up or for the end. */
  fire(): void {
    this.#parts--
    if (this.#parts === 0) return this.kill(late)
    this.#deadline = this.#clock.start(this.#part, this)
  }

  /** Looks for a heartbeat since the last look; after `limit` looks without one the thread is wedged and killed. */
  check(limit: number): void {
    if (this.names === undefined) return
    const beats = Atomics.load(this.beats, 0)
    this.#silent = beats === this.#seen ? this.#silent + 1 : 0
    this.#seen = beats
    if (this.#silent >= limit) this.kill(wedged)
  }

  /** What its kernel holds, or its tree; neither when it ended before it answered. */
  look(at: 'census' | 'tree'): Promise<Sight> {
    return new Promise(resolve => {
      this.#asked.push(resolve)
      this.order({ kind: 'look', at })
    })
  }

  /** It has ended. What it said last is heard first: piscina may know of a death before the port is read. */
  close(): void {
    while (this.#open) {
      const last = receiveMessageOnPort(this.#port)
      if (last === undefined) break
      this.#heard(last.message)
    }
    this.#atEase()
    this.#port.close()
  }

  #allow(ms: number): void {
    this.#parts = PARTS
    this.#part = ms / PARTS
    this.#deadline = this.#clock.start(this.#part, this)
  }

  #atEase(): void {
    if (this.#deadline !== undefined) this.#clock.stop(this.#deadline)
    this.#deadline = undefined
  }

  #heard(report: Report): void {
    switch (report.kind) {
      case 'up':
        this.#atEase()
        this.names = report.names
        return this.#guardian.up(this)
      case 'failed':
        this.reason ??= report.reason
        return
      case 'crashed':
        return this.#guardian.crashed(report.report, this.slot)
      case 'looked':
        return this.#asked.shift()?.(report)
    }
  }

  #hung(): void {
    this.#open = false
    for (const resolve of this.#asked.splice(0)) resolve({})
  }
}

const late: ExitReason = {
  kind: 'error',
  name: 'TimeoutError',
  message: 'the thread did not come up, or end, in time',
  stack: '',
}
const wedged: ExitReason = { kind: 'error', name: 'TimeoutError', message: 'the thread is wedged', stack: '' }
