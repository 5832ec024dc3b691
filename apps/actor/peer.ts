/** One other node as a mesh sees it: what waits to be posted, what was posted and not yet handled, who watches whom. */

import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { type ExitReason, nodedown } from './exit.js'
import type { Kernel } from './kernel.js'
import type { Watcher } from './monitor.js'
import { type AnyRef, refOf } from './ref.js'
import { Reader, WHOLE, Writer } from './shape.js'
import { type Batch, SIGNAL, type Signal } from './wire.js'

/** Values in a batch after which it is posted without waiting for the end of the tick: some 60 messages, which cost least each. */
const FULL = 256

/** An actor of the other node that watches one of ours. */
class Visitor implements Watcher {
  readonly peer: Peer
  readonly id: number
  readonly target: AnyRef

  constructor(peer: Peer, id: number, target: AnyRef) {
    this.peer = peer
    this.id = id
    this.target = target
  }

  ended(reason: ExitReason): void {
    this.peer.left(this, reason)
  }
}

export class Peer {
  readonly incarnation: number
  readonly reader: Reader = new Reader()
  readonly #kernel: Kernel
  readonly #port: MessagePort
  readonly #waiting: (peer: Peer) => void
  readonly #watching = new Map<Watcher, number>()
  readonly #watched = new Map<number, Watcher>()
  readonly #visitors = new Map<number, Visitor>()
  readonly #writer = new Writer(shape => this.#outbox.push(SIGNAL, WHOLE, { kind: 'shape', shape } satisfies Signal))
  #outbox: Batch = []
  /** Reading a port after its close crashes the process. */
  #open = true
  #watches = 0
  #unhandled = 0

  /** `waiting` is called when the outbox gets its first frame: somebody has to call `flush`. */
  constructor(kernel: Kernel, incarnation: number, port: MessagePort, waiting: (peer: Peer) => void) {
    this.#kernel = kernel
    this.incarnation = incarnation
    this.#port = port
    this.#waiting = waiting
    port.on('close', () => {
      this.#open = false
    })
  }

  /** Frames that the other node has not handled yet, those in the outbox included. */
  get backlog(): number {
    return this.#unhandled
  }

  /** Watches open across this border, either way. */
  get watches(): number {
    return this.#watching.size + this.#visitors.size
  }

  send(serial: number, message: unknown): void {
    this.#unhandled++
    this.#put(serial, message)
  }

  signal(signal: Signal): void {
    this.send(SIGNAL, signal)
  }

  /** Says that frames have been handled. Not counted itself, or two idle nodes would answer each other for ever. */
  handled(frames: number): void {
    this.#put(SIGNAL, { kind: 'handled', frames } satisfies Signal)
  }

  acknowledged(frames: number): void {
    this.#unhandled -= frames
  }

  flush(): void {
    const batch = this.#outbox
    if (batch.length === 0) return
    this.#outbox = []
    try {
      this.#port.postMessage(batch)
    } catch {
      this.#salvage(batch)
    }
  }

  watch(target: AnyRef, watcher: Watcher): void {
    const id = ++this.#watches
    this.#watching.set(watcher, id)
    this.#watched.set(id, watcher)
    this.signal({ kind: 'watch', id, target })
  }

  unwatch(watcher: Watcher): void {
    const id = this.#watching.get(watcher)
    if (id === undefined) return
    this.#forget(id, watcher)
    this.signal({ kind: 'unwatch', id })
  }

  /** The other node says that what we watch has ended. */
  down(id: number, reason: ExitReason): void {
    const watcher = this.#watched.get(id)
    if (watcher === undefined) return
    this.#forget(id, watcher)
    watcher.ended(reason)
  }

  visit(id: number, target: AnyRef): void {
    const visitor = new Visitor(this, id, target)
    this.#visitors.set(id, visitor)
    this.#kernel.watchWith(target, visitor)
  }

  leave(id: number): void {
    const visitor = this.#visitors.get(id)
    if (visitor === undefined) return
    this.#visitors.delete(id)
    this.#kernel.unwatchWith(visitor.target, visitor)
  }

  left(visitor: Visitor, reason: ExitReason): void {
    this.#visitors.delete(visitor.id)
    this.signal({ kind: 'down', id: visitor.id, reason })
  }

  /** The other node is gone: all that watched its actors are told, once. */
  gone(): void {
    this.#outbox = []
    for (const id of [...this.#visitors.keys()]) this.leave(id)
    for (const id of [...this.#watched.keys()]) this.down(id, nodedown)
    this.#kernel.unlinkNode(this.incarnation)
  }

  /** A batch that has arrived and is not announced yet. */
  next(): Batch | undefined {
    return this.#open ? receiveMessageOnPort(this.#port)?.message : undefined
  }

  close(): void {
    this.flush()
    this.#port.close()
  }

  #put(serial: number, message: unknown): void {
    if (this.#outbox.length === 0) this.#waiting(this)
    this.#writer.write(this.#outbox, serial, message)
    if (this.#outbox.length >= FULL) this.flush()
  }

  #forget(id: number, watcher: Watcher): void {
    this.#watched.delete(id)
    this.#watching.delete(watcher)
  }

  /** One message that cannot be cloned must not take the others of its batch along. */
  #salvage(batch: Batch): void {
    let end = 0
    for (let at = 0; at < batch.length; at = end) {
      end = at + 2 + this.#writer.size(Number(batch[at + 1]))
      try {
        this.#port.postMessage(batch.slice(at, end))
      } catch (thrown) {
        this.#unhandled--
        this.#kernel.undeliverable(refOf(this.incarnation, Number(batch[at])), thrown)
      }
    }
  }
}
