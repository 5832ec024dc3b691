/** Messages in a batch as bare values: their kind and keys cross once per connection. Half the cost of cloning the objects. */

import type { Batch } from './wire.js'

/** What messages of one kind have in common: the kind itself and the other keys, in order. */
export interface Shape {
  readonly kind: string
  readonly keys: readonly string[]
}

/** The shape of what is cloned as it is: one value. */
export const WHOLE = 0
const whole: Shape = { kind: '', keys: ['value'] }

/** Kinds beyond this number are cloned whole: somebody makes them up. */
const MOST = 1024

type Plainly = { readonly kind: string; readonly [key: string]: unknown }

/** The writing side of one direction of one connection. */
export class Writer {
  readonly #ids = new Map<string, number>()
  readonly #shapes: Shape[] = [whole]
  readonly #declare: (shape: Shape) => void

  /** `declare` has to tell the reader of each new shape before the first message that has it. */
  constructor(declare: (shape: Shape) => void) {
    this.#declare = declare
  }

  /** Appends a frame: the receiver, the id of the message's shape, its values. */
  write(batch: Batch, receiver: number, message: unknown): void {
    if (!isPlain(message) || !this.#append(batch, receiver, message)) batch.push(receiver, WHOLE, message)
  }

  /** How many values a frame of this shape has. */
  size(id: number): number {
    return this.#shapes[id]?.keys.length ?? 0
  }

  /** False, and nothing appended, when the message has other keys than the first of its kind had. */
  #append(batch: Batch, receiver: number, message: Plainly): boolean {
    const id = this.#ids.get(message.kind) ?? this.#learn(message)
    const { keys } = this.#shapes[id] ?? whole
    const start = batch.length
    batch.push(receiver, id)
    let count = -1
    for (const key in message) {
      if (key !== (count < 0 ? 'kind' : keys[count])) {
        count = -1
        break
      }
      if (count >= 0) batch.push(message[key])
      count++
    }
    if (count === keys.length) return true
    batch.length = start
    return false
  }

  #learn(message: Plainly): number {
    const { kind } = message
    const [first, ...keys] = Object.keys(message)
    if (this.#shapes.length > MOST || first !== 'kind' || keys.includes('__proto__')) return WHOLE
    const id = this.#shapes.length
    this.#shapes.push({ kind, keys })
    this.#ids.set(kind, id)
    this.#declare({ kind, keys })
    return id
  }
}

/** The reading side. */
export class Reader {
  readonly #shapes: Shape[] = [whole]

  /** Takes the next shape of the writer. */
  learn({ kind, keys }: Shape): void {
    this.#shapes.push({ kind: interned(kind), keys })
  }

  /** How many values a frame of this shape has. */
  size(id: number): number {
    return this.#shapes[id]?.keys.length ?? 0
  }

  /** The message of a shape whose values start at `at`. */
  read(batch: Batch, id: number, at: number): unknown {
    if (id === WHOLE) return batch[at]
    const { kind, keys } = this.#shapes[id] ?? whole
    const message: Record<string, unknown> = { kind }
    for (const key of keys) message[key] = batch[at++]
    return message
  }
}

/** A message with a kind and without a class. */
function isPlain(message: unknown): message is Plainly {
  return (
    typeof message === 'object' &&
    message !== null &&
    'kind' in message &&
    typeof message.kind === 'string' &&
    Object.getPrototypeOf(message) === Object.prototype
  )
}

/** The same text as the one string that the engine keeps for property names, so that `switch` compares by address. */
function interned(text: string): string {
  return Object.keys({ [text]: true })[0] ?? text
}
