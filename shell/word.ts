/** What can be typed at a running server: in its shell, by those who attach to it, and as a command of its own. */

import type { Server } from './server.js'
import type { TraceLines } from './trace-lines.js'

export interface Word {
  readonly name: string
  readonly what: string
  /** How its arguments are typed. */
  readonly takes?: string
  /** What may be typed next, for completion. */
  readonly next?: (session: Session) => readonly string[]
  /**
   * Gives what is to be shown, or a promise of it. Throws UsageError for what makes no sense, Refusal for what cannot be.
   * `asData` is set for those who read JSON.
   */
  run(args: readonly string[], session: Session, asData: boolean): unknown
}

/** Somebody who types: at a prompt, or one word from a script. */
export interface Session {
  readonly server: Server
  /** What passes, printed for this one. */
  readonly tracing: TraceLines
  /** Where something can be drawn anew. */
  readonly screen: Screen | undefined
  /** Prints lines, above what is being typed. */
  print(text: string): void
  /** Settles when whoever types has had enough of what goes on, or is gone. */
  enough(): Promise<void>
}

export interface Screen {
  readonly columns: number
  readonly rows: number
  /** Escape sequences included. */
  write(text: string): void
}

/** What was asked for cannot be had; the message says why. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** A line as words: what stands in quotes is one. Undefined where a quote is not closed. */
export function wordsIn(line: string): readonly string[] | undefined {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g)]
  if (/["']/.test(line.replace(/"[^"]*"|'[^']*'/g, ''))) return undefined
  return words.map(([, double, single, bare]) => double ?? single ?? bare ?? '')
}
