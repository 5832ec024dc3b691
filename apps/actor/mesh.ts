/** The other nodes, from one of them: an outbox each, batches, who watches and is linked across, and their ends. */

import type { MessagePort } from 'node:worker_threads'
import type { Abroad } from './abroad.js'
import { Cell } from './cell.js'
import { type ExitReason, nodedown } from './exit.js'
import type { Kernel } from './kernel.js'
import type { Watcher } from './monitor.js'
import { Peer } from './peer.js'
import { type AnyRef, incarnationOf, refOf, SERIALS } from './ref.js'
import { type Batch, SIGNAL, type Signal } from './wire.js'

/** A batch that has been put into mailboxes: when this comes out of the queue, so have all its messages. */
interface Portion {
  readonly peer: Peer
  readonly frames: number
}

export class Mesh implements Abroad {
  readonly #kernel: Kernel
  readonly #peers = new Map<number, Peer>()
  readonly #waiting: Peer[] = []
  readonly #desk: Cell
  readonly #flush = (): void => this.flush()
  readonly #enlist = (peer: Peer): void => {
    if (this.#waiting.push(peer) === 1) this.#kernel.clock.soon(this.#flush)
  }

  /** Makes the kernel part of a mesh. */
  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#desk = new Cell(kernel, refOf(kernel.incarnation, SIGNAL), 'mesh', undefined, undefined)
    this.#desk.receive = ({ peer, frames }: Portion): void => {
      if (this.#peers.has(peer.incarnation)) peer.handled(frames)
    }
    kernel.abroad = this
  }

  /** Connects to another incarnation; the close of the port is its end. */
  join(incarnation: number, port: MessagePort): void {
    const peer = new Peer(this.#kernel, incarnation, port, this.#enlist)
    this.#peers.set(incarnation, peer)
    port.on('message', (batch: Batch) => this.#arrived(peer, batch))
    port.on('close', () => this.leave(incarnation))
  }

  /** Ends the connection to an incarnation, if there is one: to everybody here it is down, once its last words are heard. */
  leave(incarnation: number): void {
    const peer = this.#peers.get(incarnation)
    if (peer === undefined) return
    for (let last = peer.next(); last !== undefined; last = peer.next()) this.#arrived(peer, last)
    this.#peers.delete(incarnation)
    peer.close()
    peer.gone()
  }

  /** Frames sent to an incarnation that it has not handled yet; 0 when it is unknown or gone. */
  backlog(incarnation: number): number {
    return this.#peers.get(incarnation)?.backlog ?? 0
  }

  get watches(): number {
    let watches = 0
    for (const peer of this.#peers.values()) watches += peer.watches
    return watches
  }

  send(to: AnyRef, message: unknown): void {
    const incarnation = incarnationOf(to)
    const peer = this.#peers.get(incarnation)
    if (peer === undefined) this.#kernel.dropped++
    else peer.send(to - incarnation * SERIALS, message)
  }

  watch(target: AnyRef, watcher: Watcher): void {
    const peer = this.#peer(target)
    if (peer === undefined) watcher.ended(nodedown)
    else peer.watch(target, watcher)
  }

  unwatch(target: AnyRef, watcher: Watcher): void {
    this.#peer(target)?.unwatch(watcher)
  }

  link(target: AnyRef, from: AnyRef): void {
    const peer = this.#peer(target)
    if (peer === undefined) this.#kernel.exit(from, nodedown, target)
    else peer.signal({ kind: 'link', target, from })
  }

  unlink(target: AnyRef, from: AnyRef): void {
    this.#peer(target)?.signal({ kind: 'unlink', target, from })
  }

  exit(target: AnyRef, reason: ExitReason, from: AnyRef | undefined): void {
    this.#peer(target)?.signal({ kind: 'exit', target, reason, from })
  }

  /** Posts what waits for each peer. */
  flush(): void {
    for (const peer of this.#waiting.splice(0)) peer.flush()
  }

  /** Posts what waits and ends all connections. */
  close(): void {
    for (const incarnation of [...this.#peers.keys()]) this.leave(incarnation)
    if (this.#kernel.abroad === this) this.#kernel.abroad = undefined
  }

  #peer(ref: AnyRef): Peer | undefined {
    return this.#peers.get(incarnationOf(ref))
  }

  #arrived(peer: Peer, batch: Batch): void {
    let frames = 0
    let end = 0
    for (let at = 0; at < batch.length; at = end) {
      const serial = Number(batch[at])
      const shape = Number(batch[at + 1])
      const message = peer.reader.read(batch, shape, at + 2)
      end = at + 2 + peer.reader.size(shape)
      if (serial !== SIGNAL) this.#kernel.send(refOf(this.#kernel.incarnation, serial), message as never)
      else if (!this.#obey(peer, message as Signal)) continue
      frames++
    }
    if (frames > 0) this.#kernel.post(this.#desk, { peer, frames } satisfies Portion)
  }

  /** Whether the signal counts as a frame. */
  #obey(peer: Peer, signal: Signal): boolean {
    switch (signal.kind) {
      case 'handled':
        peer.acknowledged(signal.frames)
        return false
      case 'shape':
        peer.reader.learn(signal.shape)
        return false
      case 'watch':
        peer.visit(signal.id, signal.target)
        return true
      case 'unwatch':
        peer.leave(signal.id)
        return true
      case 'down':
        peer.down(signal.id, signal.reason)
        return true
      case 'link':
        this.#kernel.linkFrom(signal.target, signal.from)
        return true
      case 'unlink':
        this.#kernel.unlinkFrom(signal.target, signal.from)
        return true
      case 'exit':
        this.#kernel.exit(signal.target, signal.reason, signal.from)
        return true
    }
  }
}
