/** Attributes: what an application keeps with a context, a session or a message, and who is told of it (JSR 289 §6, §12). */

/** An attribute may know when it is kept and when no longer (SipSessionBindingListener). */
export interface Binding {
  valueBound?(name: string): unknown
  valueUnbound?(name: string): unknown
}

/** Told of each change, behind the values themselves. */
export interface AttributeWatcher {
  added(name: string): void
  removed(name: string): void
  replaced(name: string): void
}

export class Attributes {
  readonly #watcher: AttributeWatcher | undefined
  /** Most messages and sessions have none. */
  #values: Map<string, unknown> | undefined

  constructor(watcher?: AttributeWatcher) {
    this.#watcher = watcher
  }

  get(name: string): unknown {
    return this.#values?.get(name)
  }

  has(name: string): boolean {
    return this.#values?.has(name) === true
  }

  get names(): readonly string[] {
    return [...(this.#values?.keys() ?? [])]
  }

  /** Throws TypeError for undefined and null, which are no values: `delete` removes. */
  set(name: string, value: unknown): void {
    if (value === undefined || value === null) throw new TypeError(`an attribute needs a value: ${name}`)
    this.#values ??= new Map()
    const isNew = !this.#values.has(name)
    const before = this.#values.get(name)
    this.#values.set(name, value)
    if (before !== value) {
      unbind(before, name)
      if (isBinding(value)) value.valueBound?.(name)
    }
    if (isNew) this.#watcher?.added(name)
    else this.#watcher?.replaced(name)
  }

  delete(name: string): void {
    this.#remove(name)
  }

  /** What a value throws or rejects with goes to `failed`; all others are removed nevertheless. */
  clear(failed: (thrown: unknown) => void): void {
    for (const name of this.names) {
      try {
        const work = this.#remove(name)
        if (work instanceof Promise) work.catch(failed)
      } catch (thrown) {
        failed(thrown)
      }
    }
  }

  /** Returns what the value does about it. */
  #remove(name: string): unknown {
    if (!this.has(name)) return undefined
    const before = this.#values?.get(name)
    this.#values?.delete(name)
    try {
      return unbind(before, name)
    } finally {
      this.#watcher?.removed(name)
    }
  }
}

function unbind(value: unknown, name: string): unknown {
  return isBinding(value) ? value.valueUnbound?.(name) : undefined
}

function isBinding(value: unknown): value is Binding {
  if (typeof value !== 'object' || value === null) return false
  const isFunction = (name: string): boolean => typeof Reflect.get(value, name) === 'function'
  return isFunction('valueBound') || isFunction('valueUnbound')
}
