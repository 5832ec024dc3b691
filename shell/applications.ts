/** The applications that a server has in service: the demos by name, a user's own by the path of its module. */

import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SipStack } from '../apps/sip/sip.js'
import { writtenAt } from './checkout.js'
import { EnvironmentError, UsageError } from './command.js'
import { didYouMean } from './did-you-mean.js'
import { placeOfFault } from './misspelt.js'
import { ownModules } from './own-modules.js'

/** What comes with the package. */
export const demos: readonly string[] = ['busy', 'hang', 'echo', 'uas']

export interface ApplicationState {
  readonly name: string
  readonly files: readonly string[]
  readonly changed: readonly string[]
}

export class Applications {
  readonly #stack: SipStack
  /** By name, when the files of what is in service were written, in ms. */
  readonly #written = new Map<string, ReadonlyMap<string, number>>()
  readonly #greetings = new Map<string, string>()
  readonly #inShell = new Map<string, object>()
  #versions = 0

  constructor(stack: SipStack) {
    this.#stack = stack
  }

  /** What they have to say. */
  get greetings(): readonly string[] {
    return [...this.#greetings.values()]
  }

  /** What can be typed in the shell because of them, by name. */
  get inShell(): Readonly<Record<string, unknown>> {
    return Object.assign({}, ...this.#inShell.values())
  }

  /** Each with the files of its modules, its own one first, and those that have been written since they were loaded. */
  get states(): readonly ApplicationState[] {
    return [...this.#written].map(([name, written]) => {
      const files = [...written.keys()]
      return { name, files, changed: files.filter(file => writtenAt(file) !== written.get(file)) }
    })
  }

  /**
   * Loads one on every thread. Where it was in service before, its calls go on with the new code. Throws UsageError for
   * what is none; what was in service is so still then.
   */
  async load(name: string): Promise<void> {
    const entry = urlOf(name)
    const written = new Map(ownModules(entry).map(file => [file, writtenAt(file)]))
    let url = entry
    // A module that has been loaded stays as it was, but for those that ask for it by another name.
    if (this.#written.has(name)) {
      entry.search = `?version=${++this.#versions}.0`
      url = new URL(`./reloaded.js?of=${encodeURIComponent(entry.href)}`, import.meta.url)
    }
    let module: unknown
    try {
      await this.#stack.load(url)
      module = await import(entry.href)
    } catch (error) {
      const place = await placeOfFault(error, entry)
      throw new UsageError(
        `cannot serve ${name}: ${place === undefined ? '' : `${place}: `}${error instanceof Error ? error.message : String(error)}`,
      )
    }
    this.#written.set(name, written)
    const greeting = greetingOf(module, placeOf(this.#stack))
    if (greeting !== undefined) this.#greetings.set(name, greeting)
    const inShell = inShellOf(module, this.#stack)
    if (typeof inShell === 'object' && inShell !== null) this.#inShell.set(name, inShell)
  }
}

/** Checks the names before anything is started. Throws UsageError for a name of nothing, EnvironmentError for a file that is missing. */
export function urlOf(name: string): URL {
  if (demos.includes(name)) return new URL(`../apps/${name}/${name}.js`, import.meta.url)
  const path = resolve(name)
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`${name} is a folder: name a module in it`)
  if (existsSync(path)) return pathToFileURL(path)
  if (/[/\\]|\.[cm]?js$/.test(name)) throw new EnvironmentError(`there is no ${name}`)
  throw new UsageError(
    `there is no application ${name}${didYouMean(name, demos)}: name ${demos.join(', ')}, or the path of a module`,
  )
}

/** An application may export `greeting(place)`: what to dial, with `place` as HOST:PORT, and what comes of it. */
function greetingOf(module: unknown, place: string): string | undefined {
  if (typeof module !== 'object' || module === null || !('greeting' in module)) return undefined
  const { greeting } = module
  return typeof greeting === 'function' ? String(greeting(place)) : undefined
}

/** An application may export `shell(stack)`: an object whose members can be typed in the shell. */
function inShellOf(module: unknown, stack: SipStack): unknown {
  if (typeof module !== 'object' || module === null || !('shell' in module)) return undefined
  const { shell } = module
  return typeof shell === 'function' ? shell(stack) : undefined
}

/** What goes behind the @ of a URI that reaches this stack. */
export function placeOf({ listening }: SipStack): string {
  const udp = listening.find(point => point.startsWith('udp:'))
  if (udp !== undefined) return udp.slice('udp:'.length)
  const [transport = '', ...place] = (listening[0] ?? '').split(':')
  return `${place.join(':')};transport=${transport}`
}
