/** A folder whose applications are in service: what is dropped is deployed, what changes is swapped, what goes is undeployed. */

import { type FSWatcher, watch } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Clock, SystemClock, type TimerHandle } from '../actor/actor.js'
import type { Log } from '../sip/sip.js'
import { AppCache, ownCode } from './app-cache.js'
import { fingerprintOf, isArchive } from './app-files.js'
import { DeployedEntry, type Deploying, type DeployTarget } from './deployed-entry.js'
import { isMarker, removeMarkers } from './marker.js'
import { Settling } from './settling.js'

export interface AutodeployOptions {
  readonly folder: string
  readonly target: DeployTarget
  readonly log: Log
  readonly clock?: Clock
  /** How often the folder is looked through though nothing was heard of a change, in ms; 1000 unless given. */
  readonly poll?: number
  /** How long files must stay as they are, in ms; 300 unless given. */
  readonly quiet?: number
  /** What an application that is replaced or removed has to end its calls, in ms; 30 s unless given. */
  readonly grace?: number
}

interface Watched {
  readonly entry: DeployedEntry
  readonly settling: Settling
}

export class Autodeploy {
  readonly #shared: Deploying
  readonly #poll: number
  readonly #quiet: number
  readonly #watched = new Map<string, Watched>()
  #watcher: FSWatcher | undefined
  #timer: TimerHandle | undefined
  /** When it fires. */
  #due = 0
  #scan: Promise<void> = Promise.resolve()
  #isReadable = true
  #isClosed = false

  private constructor({ poll = 1000, quiet = 300 }: AutodeployOptions, shared: Deploying) {
    this.#shared = shared
    this.#poll = poll
    this.#quiet = quiet
  }

  /** Resolves when what is in the folder already has been deployed, by name, or has failed. */
  static async start(options: AutodeployOptions): Promise<Autodeploy> {
    const { folder, target, log, clock = new SystemClock(), grace = 30_000 } = options
    await removeMarkers(folder)
    const cache = await AppCache.open()
    const autodeploy = new Autodeploy(options, { folder, target, log, clock, cache, grace })
    await autodeploy.#begin()
    return autodeploy
  }

  /** The names of the folders and archives that are in service. */
  get deployed(): readonly string[] {
    return [...this.#watched].filter(([, { entry }]) => entry.isDeployed).map(([name]) => name)
  }

  /**
   * Whether something that nobody caught was thrown by an application, and not by us. What shows neither in its stack, as
   * the error of a socket does, is of an application: ours have handlers.
   */
  hasThrown(thrown: unknown): boolean {
    const stack = thrown instanceof Error ? (thrown.stack ?? '') : ''
    return (
      stack.includes(pathToFileURL(this.#shared.cache.folder).href) || !ownCode.some(place => stack.includes(place))
    )
  }

  /** Undeploys all, and ends what goes on in them. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#watcher?.close()
    if (this.#timer !== undefined) this.#shared.clock.stop(this.#timer)
    await this.#scan
    await Promise.all([...this.#watched.values()].map(({ entry }) => entry.remove(0)))
    await this.#shared.cache.close()
  }

  async #begin(): Promise<void> {
    for (const name of await this.#candidates()) {
      const { entry, settling } = this.#watch(name)
      if (settling.isDue(await this.#fingerprint(name), Number.POSITIVE_INFINITY)) await entry.update()
    }
    this.#listen()
    this.#lookIn(this.#poll)
  }

  /** Hearing of changes makes it faster; where the system tells nothing, looking again and again is enough. */
  #listen(): void {
    const { folder, log } = this.#shared
    const unheard = (error: unknown): void =>
      log({
        level: 'warn',
        module: 'servlets',
        text: `changes of ${folder} are seen only every ${this.#poll} ms: ${error}`,
      })
    try {
      this.#watcher = watch(folder, () => this.#lookIn(this.#quiet / 3)).on('error', unheard)
    } catch (error) {
      unheard(error)
    }
  }

  /** Looks then, or before: whatever goes on in the folder must not put it off. */
  #lookIn(ms: number): void {
    const { clock } = this.#shared
    const at = clock.now() + ms
    if (this.#isClosed || (this.#timer !== undefined && this.#due <= at)) return
    if (this.#timer !== undefined) clock.stop(this.#timer)
    this.#due = at
    this.#timer = clock.start(ms, { fire: () => this.#tick() })
  }

  #tick(): void {
    this.#timer = undefined
    this.#scan = this.#scan.then(() => this.#look())
  }

  async #look(): Promise<void> {
    let isMoving = false
    for (const name of await this.#candidates()) {
      if (this.#isClosed) return
      const seen = await this.#fingerprint(name)
      const { entry, settling } = this.#watch(name)
      if (settling.isDue(seen, this.#shared.clock.now())) void this.#act(name, entry, seen)
      isMoving ||= settling.isMoving
    }
    this.#lookIn(isMoving ? this.#quiet / 3 : this.#poll)
  }

  async #act(name: string, entry: DeployedEntry, seen: string | undefined): Promise<void> {
    if (seen !== undefined) return entry.update()
    await entry.remove()
    // It may have come back while it went.
    if ((await this.#fingerprint(name)) === undefined) this.#watched.delete(name)
  }

  /** What is there and what was. A folder that cannot be read says nothing about what is in it. */
  async #candidates(): Promise<Iterable<string>> {
    const names = await this.#names()
    return names === undefined ? [] : new Set([...names, ...this.#watched.keys()])
  }

  #watch(name: string): Watched {
    const known = this.#watched.get(name)
    if (known !== undefined) return known
    const entry = new DeployedEntry(name, this.#pathOf(name), this.#shared)
    const watched = { entry, settling: new Settling(this.#quiet) }
    this.#watched.set(name, watched)
    return watched
  }

  #fingerprint(name: string): Promise<string | undefined> {
    return fingerprintOf(this.#pathOf(name))
  }

  #pathOf(name: string): string {
    return join(this.#shared.folder, name)
  }

  /** What may be an application. Undefined where that cannot be seen. */
  async #names(): Promise<readonly string[] | undefined> {
    const { folder, log } = this.#shared
    try {
      const entries = await readdir(folder, { withFileTypes: true })
      this.#isReadable = true
      return entries
        .filter(entry => !entry.name.startsWith('.') && !isMarker(entry.name))
        .filter(entry => !entry.isFile() || isArchive(entry.name))
        .map(({ name }) => name)
        .sort()
    } catch (error) {
      if (this.#isReadable)
        log({ level: 'error', module: 'servlets', text: `${folder} cannot be read, all stays as it is: ${error}` })
      this.#isReadable = false
      return undefined
    }
  }
}
