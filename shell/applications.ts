/** The applications that `serve` puts into service: the demos by name, a user's own by the path of its module. */

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SipStack } from '../apps/sip/sip.js'
import { UsageError } from './command.js'
import { didYouMean } from './did-you-mean.js'

/** What comes with the package. */
export const demos: readonly string[] = ['busy', 'hang', 'echo', 'uas']

export interface Loaded {
  /** What they have to say. */
  readonly greetings: readonly string[]
  /** What can be typed in the shell because of them, by name. */
  readonly inShell: Readonly<Record<string, unknown>>
}

/** Loads each on every thread of the stack; throws UsageError for what is none. */
export async function loadApplications(stack: SipStack, names: readonly string[]): Promise<Loaded> {
  const place = placeOf(stack)
  const greetings: string[] = []
  const inShell: Record<string, unknown> = {}
  for (const name of names) {
    const url = urlOf(name)
    try {
      await stack.load(url)
    } catch (error) {
      throw new UsageError(`cannot serve ${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
    const module: unknown = await import(url.href)
    const greeting = greetingOf(module, place)
    if (greeting !== undefined) greetings.push(greeting)
    Object.assign(inShell, inShellOf(module, stack))
  }
  return { greetings, inShell }
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
