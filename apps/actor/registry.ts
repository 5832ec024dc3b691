/** Unique names and shared properties of the actors of one node: what gproc does for Erlang. */

import type { ActorRef, AnyRef } from './ref.js'

declare const holder: unique symbol
declare const held: unique symbol

/** A name that at most one living actor of a node has. */
export type Name<Msg> = string & { readonly [holder]: (message: Msg) => void }

/** A key under which any number of actors hold a value. */
export type Property<Value, Msg> = string & { readonly [held]: { value: Value; message: (message: Msg) => void } }

export function nameOf<Msg>(text: string): Name<Msg> {
  return text as Name<Msg>
}

export function propertyOf<Value, Msg>(text: string): Property<Value, Msg> {
  return text as Property<Value, Msg>
}

export class Registry {
  readonly #names = new Map<string, AnyRef>()
  readonly #properties = new Map<string, Map<AnyRef, unknown>>()

  /** Throws TypeError when another actor has the name. */
  register(name: string, ref: AnyRef): void {
    const owner = this.#names.get(name)
    if (owner !== undefined && owner !== ref) throw new TypeError(`the name ${name} is taken`)
    this.#names.set(name, ref)
  }

  unregister(name: string): void {
    this.#names.delete(name)
  }

  whereis<Msg>(name: Name<Msg>): ActorRef<Msg> | undefined {
    return this.#names.get(name) as ActorRef<Msg> | undefined
  }

  hold(property: string, ref: AnyRef, value: unknown): void {
    const values = this.#properties.get(property)
    if (values === undefined) this.#properties.set(property, new Map([[ref, value]]))
    else values.set(ref, value)
  }

  release(property: string, ref: AnyRef): void {
    const values = this.#properties.get(property)
    if (values?.delete(ref) && values.size === 0) this.#properties.delete(property)
  }

  /** The actors that hold the property, in the order in which they first did. */
  *holders<Value, Msg>(property: Property<Value, Msg>): Iterable<readonly [ActorRef<Msg>, Value]> {
    for (const [ref, value] of this.#properties.get(property) ?? []) yield [ref as ActorRef<Msg>, value as Value]
  }

  get names(): number {
    return this.#names.size
  }

  get properties(): number {
    return this.#properties.size
  }
}
