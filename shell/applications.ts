/** The applications that a server has in service: the demos by name, a user's own by the path of its module. */

import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { SipStack } from '../apps/sip/sip.js'
import { UsageError } from './command.js'
import { didYouMean } from './did-you-mean.js'

/** What comes with the package. */
export const demos: readonly string[] = ['busy', 'hang', 'echo', 'uas']

export class Applications {
  readonly #stack: SipStack
  /** By name, when the module that is in service was written, in ms. */
  readonly #written = new Map<string, number>()
  readonly #greetings = new Map<string, string>()
  readonly #inShell = new Map<string, object>()

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

  /** Each with the file of its module, and whether that has been written since it was loaded. */
  get states(): readonly { readonly name: string; readonly file: string; readonly isChanged: boolean }[] {
    return [...this.#written].map(([name, at]) => {
      const url = urlOf(name)
      return { name, file: fileURLToPath(url), isChanged: writtenAt(url) > at }
    })
  }

  /**
   * Loads one on every thread. Where it was in service before, its calls go on with the new code. Throws UsageError for
   * what is none; what was in service is so still then.
   */
  async load(name: string): Promise<void> {
    const url = urlOf(name)
    const at = writtenAt(url)
    // A module that has been loaded stays as it was, but for those that ask for it by another name.
    if (this.#written.has(name)) url.search = `?written=${at}`
    let module: unknown
    try {
      await this.#stack.load(url)
      module = await import(url.href)
    } catch (error) {
      throw new UsageError(`cannot serve ${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
    this.#written.set(name, at)
    const greeting = greetingOf(module, placeOf(this.#stack))
    if (greeting !== undefined) this.#greetings.set(name, greeting)
    const inShell = inShellOf(module, this.#stack)
    if (typeof inShell === 'object' && inShell !== null) this.#inShell.set(name, inShell)
  }
}

/** Checks the names before anything is started. */
export function urlOf(name: string): URL {
  if (demos.includes(name)) return new URL(`../apps/${name}/${name}.js`, import.meta.url)
  const path = resolve(name)
  if (existsSync(path)) return pathToFileURL(path)
  throw new UsageError(
    `there is no application ${name}${didYouMean(name, demos)}: name ${demos.join(', ')}, or the path of a module`,
  )
}

function writtenAt(url: URL): number {
  return statSync(url, { throwIfNoEntry: false })?.mtimeMs ?? 0
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
