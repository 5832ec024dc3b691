/** What goes over a control socket: lines of JSON, but for the octets of a screen. */

import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** The first line of whoever comes. */
export type Greeting =
  /** Wants a prompt; from then on the server sends what is to be shown, as it is. */
  | ({ readonly kind: 'attach'; readonly isTerminal: boolean; readonly hasColors: boolean } & Size)
  /** Has one word with its arguments; the server answers with Said, the last of which has a code. */
  | { readonly kind: 'word'; readonly words: readonly string[]; readonly asData: boolean; readonly screen?: Size }

export interface Size {
  readonly columns: number
  readonly rows: number
}

/** What follows of those who attach. */
export type Typed =
  | { readonly kind: 'typed'; readonly text: string }
  | ({ readonly kind: 'resized' } & Size)
  /** Nothing more comes from a pipe. */
  | { readonly kind: 'end' }

export type Said =
  | { readonly kind: 'said'; readonly text: string }
  /** For a screen, escape sequences included. */
  | { readonly kind: 'drawn'; readonly text: string }
  /** The end, with what the command has to end with, and why when that is not 0. */
  | { readonly kind: 'done'; readonly code: number; readonly why: string }
  /** The octets of a file, in base64. */
  | { readonly kind: 'file'; readonly octets: string }

export function frame(value: Greeting | Typed | Said): string {
  return `${JSON.stringify(value)}\n`
}

/** Lines as what they are. Both ends are this program, so that their shape is known; what is no JSON ends it. */
export async function* frames<T extends Greeting | Typed | Said>(source: Readable): AsyncGenerator<T> {
  for await (const line of createInterface({ input: source })) {
    const value: T = JSON.parse(line)
    yield value
  }
}
