/** One folder or archive below the autodeploy folder, and what of it is in service. Its work is done one thing at a time. */

import type { Clock } from '../actor/actor.js'
import type { Log } from '../sip/sip.js'
import { type AppCache, contentHash } from './app-cache.js'
import { isArchive, readAppFiles } from './app-files.js'
import { DeploymentError } from './deployment-error.js'
import type { AppDescriptor } from './descriptor.js'
import { mark, unmark } from './marker.js'
import type { PlacedApp } from './placed-app.js'
import type { DeployOptions, Undeploy } from './servlet-container.js'

/** Where applications are in service: a ServletContainer. */
export interface DeployTarget {
  /**
   * Resolves when the application is in service, with what ends it. Rejects when it cannot be, and leaves what was, or when
   * there is one of its name, unless it is to `replace` that one; what ends that one resolves when its calls are over then.
   */
  deploy(app: AppDescriptor, options: DeployOptions): Promise<Undeploy>
}

/** What all entries of a folder share. */
export interface Deploying {
  readonly folder: string
  readonly target: DeployTarget
  readonly cache: AppCache
  readonly clock: Clock
  readonly log: Log
  /** What an application that is replaced or removed has to end its calls, in ms. */
  readonly grace: number
}

interface Version {
  /** Of its files. */
  readonly hash: string
  readonly app: AppDescriptor
  readonly placed: PlacedApp
}

interface Running extends Version {
  readonly undeploy: Undeploy
}

/** How long modules may take to load, in ms. */
const PATIENCE = 10_000

export class DeployedEntry {
  readonly name: string
  readonly #path: string
  readonly #shared: Deploying
  #running: Running | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(name: string, path: string, shared: Deploying) {
    this.name = name
    this.#path = path
    this.#shared = shared
  }

  get isDeployed(): boolean {
    return this.#running !== undefined
  }

  /** Deploys what there is now instead of what there was; what cannot be deployed leaves the old version in service. */
  update(): Promise<void> {
    return this.#next(async () => {
      const next = await this.#loaded()
      if (next !== undefined) await this.#swap(next)
      await this.#told(async folder => {
        await mark(folder, this.name, 'deployed', `application ${this.#running?.app.name}`)
        await unmark(folder, this.name, 'failed')
      })
    })
  }

  /** Undeploys what there was; its last calls go on for as long as they may. */
  remove(grace: number = this.#shared.grace): Promise<void> {
    return this.#next(async () => {
      const old = this.#running
      this.#running = undefined
      const gone = old && this.#retire(old, grace)
      if (grace === 0) await gone
      await this.#told(folder => unmark(folder, this.name, 'deployed', 'failed'))
    })
  }

  #next(task: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(task).catch((error: unknown) => this.#failed(error))
    return this.#work
  }

  async #failed(error: unknown): Promise<void> {
    const why = error instanceof DeploymentError ? error.message : `${this.name}: ${error}`
    this.#shared.log({ level: 'error', module: 'servlets', text: `not deployed: ${why}` })
    await this.#told(async folder => {
      await mark(folder, this.name, 'failed', why)
      if (!this.isDeployed) await unmark(folder, this.name, 'deployed')
    })
  }

  /** What cannot be written down changes nothing of what is so. */
  async #told(write: (folder: string) => Promise<void>): Promise<void> {
    const { folder, log } = this.#shared
    try {
      await write(folder)
    } catch (error) {
      log({ level: 'warn', module: 'servlets', text: `${folder} takes no markers: ${error}` })
    }
  }

  /** Undefined when nothing has changed but times. */
  async #loaded(): Promise<Version | undefined> {
    const { cache } = this.#shared
    const files = await readAppFiles(this.#path, this.name)
    const hash = contentHash(files)
    if (hash === this.#running?.hash) return undefined
    const placed = await cache.place(this.name, files, isArchive(this.name) ? undefined : this.#path)
    const loading = this.#inTime(placed.load(), 'its modules do not come to an end of loading')
    const app = await placed.orRemoved(loading)
    return { hash, app, placed }
  }

  async #swap(next: Version): Promise<void> {
    const { target, log, grace } = this.#shared
    const { name } = next.app
    const old = this.#running
    const deployed = target.deploy(next.app, { replace: old?.app.name === name, grace })
    const undeploy = await next.placed.orRemoved(started(deployed, next))
    this.#running = { ...next, undeploy }
    log({ level: 'info', module: 'servlets', text: `${this.name}: application ${name} is in service` })
    if (old !== undefined) void this.#retire(old, grace)
  }

  /** Its calls go on; its files are there until they are over, for what it may load yet. */
  async #retire({ app, placed, hash, undeploy }: Running, grace: number): Promise<void> {
    const { log } = this.#shared
    try {
      await undeploy(grace)
      log({ level: 'info', module: 'servlets', text: `${this.name}: a version of application ${app.name} is over` })
    } catch (error) {
      log({ level: 'error', module: 'servlets', text: `${this.name}: the end of application ${app.name}: ${error}` })
    }
    // In its turn: the same sources may be on their way back.
    const tidy = async (): Promise<void> => {
      if (hash !== this.#running?.hash) await placed.remove()
    }
    this.#work = this.#work.then(tidy).catch((error: unknown) => {
      log({ level: 'warn', module: 'servlets', text: `${this.name}: files of an old version stay: ${error}` })
    })
  }

  #inTime<T>(promise: Promise<T>, why: string): Promise<T> {
    const { clock } = this.#shared
    return new Promise((resolve, reject) => {
      const fire = (): void =>
        reject(new DeploymentError({ file: this.name, why: `${why}: given up after ${PATIENCE} ms` }))
      const timer = clock.start(PATIENCE, { fire })
      promise.then(resolve, reject).finally(() => clock.stop(timer))
    })
  }
}

async function started<T>(deployed: Promise<T>, { placed }: Version): Promise<T> {
  try {
    return await deployed
  } catch (error) {
    throw placed.fault(error)
  }
}
