/** One folder or archive below the autodeploy folder, and what of it is in service. Its work is done one thing at a time. */

import type { Clock } from '../actor/actor.js'
import type { Log } from '../sip/sip.js'
import { type AppCache, contentHash } from './app-cache.js'
import { isArchive, readAppFiles } from './app-files.js'
import { DeploymentError } from './deployment-error.js'
import type { AppDescriptor } from './descriptor.js'
import { mark, unmark } from './marker.js'
import type { PlacedApp } from './placed-app.js'

/** Takes an application out of service, once its calls are over or their time is. */
export type Undeploy = () => Promise<void>

/** Takes an application into service; rejects with the reason when it cannot, and leaves nothing behind then. */
export type Deploy = (app: AppDescriptor) => Promise<Undeploy>

/** What all entries of a folder share. */
export interface Deploying {
  readonly folder: string
  readonly deploy: Deploy
  readonly cache: AppCache
  readonly clock: Clock
  readonly log: Log
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

/** How long modules may take to load and servlets to start, in ms. */
const PATIENCE = 10_000

export class DeployedEntry {
  readonly #name: string
  readonly #path: string
  readonly #shared: Deploying
  #running: Running | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(name: string, path: string, shared: Deploying) {
    this.#name = name
    this.#path = path
    this.#shared = shared
  }

  get isDeployed(): boolean {
    return this.#running !== undefined
  }

  /** Deploys what there is now instead of what there was; what cannot be deployed leaves the old version in service. */
  update(): Promise<void> {
    return this.#next(async () => {
      const { folder } = this.#shared
      const next = await this.#loaded()
      if (next !== undefined) await this.#swap(next)
      await mark(folder, this.#name, 'deployed', `application ${this.#running?.app.name}`)
      await unmark(folder, this.#name, 'failed')
    })
  }

  /** Undeploys what there was. */
  remove(): Promise<void> {
    return this.#next(async () => {
      const old = this.#running
      await this.#stop()
      await old?.placed.remove()
      await unmark(this.#shared.folder, this.#name, 'deployed', 'failed')
    })
  }

  #next(task: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(task).catch((error: unknown) => this.#failed(error))
    return this.#work
  }

  async #failed(error: unknown): Promise<void> {
    const { folder, log } = this.#shared
    const why = error instanceof DeploymentError ? error.message : `${this.#name}: ${error}`
    log({ level: 'error', module: 'servlets', text: `not deployed: ${why}` })
    try {
      await mark(folder, this.#name, 'failed', why)
      if (!this.isDeployed) await unmark(folder, this.#name, 'deployed')
    } catch (reason) {
      log({ level: 'warn', module: 'servlets', text: `${folder} takes no markers: ${reason}` })
    }
  }

  /** Undefined when nothing has changed but times. */
  async #loaded(): Promise<Version | undefined> {
    const { cache } = this.#shared
    const files = await readAppFiles(this.#path, this.#name)
    const hash = contentHash(files)
    if (hash === this.#running?.hash) return undefined
    const placed = await cache.place(this.#name, files, isArchive(this.#name) ? undefined : this.#path)
    const app = await this.#inTime(placed.load(), 'its modules do not come to an end of loading')
    return { hash, app, placed }
  }

  async #swap(next: Version): Promise<void> {
    const old = this.#running
    await this.#stop()
    try {
      await this.#start(next)
      await old?.placed.remove()
    } catch (error) {
      if (old !== undefined) await this.#start(old)
      throw next.placed.fault(error)
    }
  }

  async #start(next: Version): Promise<void> {
    const { deploy, log } = this.#shared
    const started = deploy(next.app)
    const undeploy = await this.#inTime(started, 'its servlets do not come to an end of starting', late => late())
    this.#running = { ...next, undeploy }
    log({ level: 'info', module: 'servlets', text: `${this.#name}: application ${next.app.name} is in service` })
  }

  async #stop(): Promise<void> {
    const old = this.#running
    if (old === undefined) return
    this.#running = undefined
    const { log } = this.#shared
    try {
      await old.undeploy()
      log({ level: 'info', module: 'servlets', text: `${this.#name}: application ${old.app.name} is out of service` })
    } catch (error) {
      log({ level: 'error', module: 'servlets', text: `${this.#name}: undeploying ${old.app.name}: ${error}` })
    }
  }

  /** What comes too late is given to `tooLate`. */
  #inTime<T>(promise: Promise<T>, why: string, tooLate?: (late: T) => unknown): Promise<T> {
    const { clock } = this.#shared
    return new Promise((resolve, reject) => {
      let isLate = false
      const fire = (): void => {
        isLate = true
        reject(new DeploymentError({ file: this.#name, why: `${why}: given up after ${PATIENCE} ms` }))
      }
      const timer = clock.start(PATIENCE, { fire })
      const take = (value: T): void => {
        clock.stop(timer)
        if (isLate) tooLate?.(value)
        else resolve(value)
      }
      promise.then(take, (error: unknown) => {
        clock.stop(timer)
        reject(error)
      })
    })
  }
}
