/** An application whose modules lie ready to be loaded: what its descriptor names becomes classes. */

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AppFiles } from './app-files.js'
import { DeploymentError } from './deployment-error.js'
import { type AppDescriptor, type ClassName, isApplication, type ServletClass } from './descriptor.js'
import { readSipXml } from './sip-xml.js'

export interface Place {
  /** Of the folder or archive; what errors begin with. */
  readonly name: string
  readonly folder: string
  readonly files: AppFiles
  /** The source of each file in the folder. */
  readonly outputs: ReadonlyMap<string, string>
  /** Nothing may be loaded from here again. */
  readonly spoil: () => void
}

const descriptors: readonly string[] = ['WEB-INF/sip.xml', 'sip.xml']
const entries: readonly string[] = ['app.js', 'app.mjs']

/** Where a class with the name of a Java class is looked for: JSR 116 §10, and what is handier here. */
const classFolders: readonly string[] = ['WEB-INF/classes/', 'servlets/', '']

export class PlacedApp {
  readonly #place: Place

  constructor(place: Place) {
    this.#place = place
  }

  /** Loads its modules. Rejects with DeploymentError for what is wrong with it. */
  async load(): Promise<AppDescriptor> {
    try {
      return await this.#load()
    } catch (error) {
      this.#place.spoil()
      throw error
    }
  }

  /** What has been loaded stays; the files go. */
  async remove(): Promise<void> {
    await rm(this.#place.folder, { recursive: true, force: true })
  }

  /** Its files go when the work fails that needs them. */
  async orRemoved<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      await this.remove()
      throw error
    }
  }

  /** Why something thrown by this application was thrown, at the place in its own sources where that can be seen. */
  fault(thrown: unknown): DeploymentError {
    if (thrown instanceof DeploymentError) return thrown
    const { name } = this.#place
    if (!(thrown instanceof Error)) return new DeploymentError({ file: name, why: String(thrown), cause: thrown })
    const why = this.#inOwnWords(`${thrown.name}: ${thrown.message}`)
    return new DeploymentError({ file: name, ...this.#origin(thrown), why, cause: thrown })
  }

  async #load(): Promise<AppDescriptor> {
    const { name, files, outputs } = this.#place
    const xml = descriptors.find(path => files.has(path))
    if (xml !== undefined) {
      const file = `${name}/${xml}`
      const app = readSipXml(files.get(xml) ?? new Uint8Array(), { file, name: withoutExtension(name) })
      return this.#withClasses(app, file)
    }
    const entry = entries.find(path => outputs.has(path))
    if (entry === undefined) {
      throw new DeploymentError({ file: name, why: 'there is no WEB-INF/sip.xml, sip.xml, app.ts or app.js' })
    }
    const app = exported(await this.#import(entry), 'default')
    if (isApplication(app)) return app
    const file = `${name}/${outputs.get(entry)}`
    throw new DeploymentError({ file, why: 'its default export is no application: export default defineApp({ … })' })
  }

  async #withClasses(app: AppDescriptor<ClassName>, file: string): Promise<AppDescriptor> {
    const servlets: AppDescriptor['servlets'][number][] = []
    for (const servlet of app.servlets) servlets.push({ ...servlet, class: await this.#class(servlet.class, file) })
    const listeners: ServletClass[] = []
    for (const listener of app.listeners) listeners.push(await this.#class(listener, file))
    return { ...app, servlets, listeners }
  }

  async #class({ className, line }: ClassName, file: string): Promise<ServletClass> {
    const [path = '', ...rest] = className.split('#')
    const wanted = rest.join('#')
    const output = candidates(path).find(candidate => this.#place.outputs.has(candidate))
    if (output === undefined) {
      throw new DeploymentError({ file, line, why: `there is no module for ${className}` })
    }
    const module = await this.#import(output)
    const names = wanted === '' ? ['default', lastPart(path)] : [wanted]
    const found = names.map(each => exported(module, each)).find(isClass)
    if (found !== undefined) return found
    const source = this.#place.outputs.get(output)
    throw new DeploymentError({ file, line, why: `${source} exports no class ${wanted || `default or ${names[1]}`}` })
  }

  async #import(output: string): Promise<unknown> {
    try {
      return await import(pathToFileURL(join(this.#place.folder, output)).href)
    } catch (thrown) {
      throw this.fault(thrown)
    }
  }

  /** The first place in its stack, or before it, that is in one of our files. */
  #origin(error: Error): { readonly file?: string; readonly line?: number } {
    const url = pathToFileURL(`${this.#place.folder}/`).href
    const stack = error.stack ?? ''
    const at = stack.indexOf(url)
    if (at < 0) return {}
    const [, output = '', line = ''] = /^([^\s:)]+):(\d+)/.exec(stack.slice(at + url.length)) ?? []
    const source = this.#place.outputs.get(decodeURIComponent(output))
    return source === undefined ? {} : { file: `${this.#place.name}/${source}`, line: Number(line) }
  }

  /** Messages of Node name files where they were loaded from. */
  #inOwnWords(text: string): string {
    const { name, folder } = this.#place
    const line = text.split('\n', 1)[0] ?? ''
    return line.replaceAll(`${pathToFileURL(folder).href}/`, `${name}/`).replaceAll(`${folder}/`, `${name}/`)
  }
}

/** `servlets/chat.ts` is a path, `com.example.Chat` a class as Java names it. */
function candidates(path: string): readonly string[] {
  const [, stem] = /^(?:\.\/)?(.*)\.m?[jt]s$/.exec(path) ?? []
  const stems = stem === undefined ? classFolders.flatMap(folder => javaNames(folder, path)) : [stem]
  return stems.flatMap(each => [`${each}.js`, `${each}.mjs`])
}

function javaNames(folder: string, className: string): readonly string[] {
  return [`${folder}${className.replaceAll('.', '/')}`, `${folder}${lastPart(className)}`]
}

function lastPart(path: string): string {
  return (
    path
      .replace(/\.m?[jt]s$/, '')
      .split(/[./]/)
      .at(-1) ?? ''
  )
}

function withoutExtension(name: string): string {
  return name.replace(/\.(sar|war)$/i, '')
}

function exported(module: unknown, name: string): unknown {
  if (typeof module !== 'object' || module === null) return undefined
  return Object.entries(module).find(([each]) => each === name)?.[1]
}

function isClass(value: unknown): value is ServletClass {
  return typeof value === 'function' && 'prototype' in value && value.prototype !== undefined
}
