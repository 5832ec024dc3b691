/** Connections that have come and that nobody has taken yet, since their handshakes go on: how many, and for how long. */

import { randomInt } from 'node:crypto'
import type { Server, Socket } from 'node:net'
import { TextTable } from '../../actor/actor.js'
import { hostPort } from './flow.js'
import { SourceCounts } from './source-counts.js'
import { sourceOf } from './source-net.js'

interface Newcomer {
  readonly socket: Socket
  readonly source: string
}

const SEEDS = 2 ** 32

export class Newcomers {
  readonly #most: number
  readonly #refused: () => void
  readonly #byPlace = new TextTable<Newcomer>(randomInt(SEEDS))
  readonly #counts = new SourceCounts(randomInt(SEEDS))

  /** `most` of one source at once; `refused` is told of each that is closed since there were too many. */
  constructor(most: number, refused: () => void) {
    this.#most = most
    this.#refused = refused
  }

  watch(server: Server): void {
    server.prependListener('connection', socket => this.#come(socket))
    server.on('drop', () => this.#refused())
  }

  /** It is somebody's from now on. */
  taken({ address, port }: { readonly address: string; readonly port: number }): void {
    this.#forget(hostPort(address, port))
  }

  /** They would outlive their listener, and be nobody's. */
  close(): void {
    for (const { socket } of this.#byPlace.values()) socket.destroy()
  }

  #come(socket: Socket): void {
    const { remoteAddress, remotePort } = socket
    // Gone before it could be asked who it was.
    if (remoteAddress === undefined || remotePort === undefined) return
    const place = hostPort(remoteAddress, remotePort)
    this.#forget(place)
    const source = sourceOf(remoteAddress)
    if (this.#counts.of(source) >= this.#most) {
      this.#refused()
      // Not before those who begin the handshake have seen it.
      return process.nextTick(() => socket.destroy())
    }
    this.#byPlace.set(place, { socket, source })
    this.#counts.add(source, 1)
    socket.once('close', () => {
      if (this.#byPlace.get(place)?.socket === socket) this.#forget(place)
    })
  }

  #forget(place: string): void {
    const newcomer = this.#byPlace.get(place)
    if (newcomer === undefined) return
    this.#byPlace.delete(place)
    this.#counts.add(newcomer.source, -1)
  }
}
