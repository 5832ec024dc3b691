/** Messages in a batch as bare values: their keys cross once per connection. Half the cost of cloning the objects. */

import type { Batch } from './wire.js'

/** The keys of messages of one kind, in order. */
export type Keys = readonly string[]

interface Shape {
  readonly id: number
  readonly keys: Keys
}

/** The shape of a message that is cloned as it is: one value. */
export const WHOLE = 0
export const whole: Keys = ['the message']

/** Kinds beyond this number are cloned whole: somebody makes them up. */
const MOST = 1024

/** The shapes of one direction of one connection, on the writing side. */
export class Shapes {
  readonly #byKind = new Map<string, Shape>()
  readonly #keys: Keys[] = [whole]
  readonly #declare: (keys: Keys) => void

  /** `declare` has to tell the reader of each new shape before the first message that has it. */
  constructor(declare: (keys: Keys) => void) {
    this.#declare = declare
  }

  /** Appends a frame: the receiver, the id of the message's shape, its values. */
  write(batch: Batch, receiver: number, message: unknown): void {
    if (isPlain(message)) {
      const shape = this.#byKind.get(message.kind) ?? this.#learn(message)
      if (shape !== undefined && append(batch, receiver, shape, message)) return
    }
    batch.push(receiver, WHOLE, message)
  }

  /** How many values a message of this shape has. */
  size(id: number): number {
    return this.#keys[id]?.length ?? 0
  }

  #learn(message: Plainly): Shape | undefined {
    const keys = Object.keys(message)
    if (this.#keys.length > MOST || keys.includes('__proto__')) return undefined
    const shape = { id: this.#keys.length, keys }
    this.#keys.push(keys)
    this.#byKind.set(message.kind, shape)
    this.#declare(keys)
    return shape
  }
}

/** False, and nothing appended, when the message has other keys than the first of its kind had. */
function append(batch: Batch, receiver: number, { id, keys }: Shape, message: Plainly): boolean {
  const start = batch.length
  batch.push(receiver, id)
  let count = 0
  for (const key in message) {
    if (key !== keys[count++]) break
    batch.push(message[key])
  }
  if (count === keys.length && batch.length === start + 2 + count) return true
  batch.length = start
  return false
}

type Plainly = { readonly kind: string; readonly [key: string]: unknown }

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

/** The message whose values start at `at`. */
export function assemble(keys: Keys, batch: Batch, at: number): unknown {
  const message: Record<string, unknown> = {}
  for (const key of keys) message[key] = batch[at++]
  return message
}
