/** Hierarchies of names: who is a kind of whom. Several parents are allowed, circles are not. Immutable. */

/**
 * Grows by `derive`, which gives a new one. Its names are part of its type, so that a name that nobody has derived is
 * an error when compiled.
 */
export class Hierarchy<Tag extends string> {
  /** Parents of each name, in the order in which they were given. */
  readonly #parents: ReadonlyMap<string, readonly string[]>
  /** Each name with everything above it, and itself. */
  readonly #kinds: ReadonlyMap<string, ReadonlySet<string>>

  private constructor(parents: ReadonlyMap<string, readonly string[]>) {
    this.#parents = parents
    this.#kinds = new Map([...parents.keys()].map(tag => [tag, kindsOf(tag, parents)]))
  }

  static readonly empty: Hierarchy<never> = new Hierarchy<never>(new Map())

  /** With `children` as kinds of `parent`; either may be new. Throws TypeError when a name would be a kind of itself. */
  derive<const Parent extends string, const Child extends string = never>(
    parent: Parent,
    ...children: readonly Child[]
  ): Hierarchy<Tag | Parent | Child> {
    return this.deriveAll([[parent, children]])
  }

  /** `derive` for many at once: `[[parent, [child, …]], …]`. */
  deriveAll<const Parent extends string, const Child extends string = never>(
    forms: readonly (readonly [parent: Parent, children: readonly Child[]])[],
  ): Hierarchy<Tag | Parent | Child> {
    const parents = new Map(this.#parents)
    for (const [parent, children] of forms) {
      if (!parents.has(parent)) parents.set(parent, [])
      for (const child of children) {
        const known = parents.get(child) ?? []
        if (!known.includes(parent)) parents.set(child, [...known, parent])
      }
    }
    return new Hierarchy<Tag | Parent | Child>(parents)
  }

  /** Whether a name is another, or a kind of it. False for names that nobody has derived. */
  isa(tag: string, kind: string): boolean {
    return this.#kinds.get(tag)?.has(kind) ?? false
  }

  has(tag: string): tag is Tag {
    return this.#parents.has(tag)
  }

  /** All names, in the order in which they came. */
  get tags(): readonly string[] {
    return [...this.#parents.keys()]
  }

  parents(tag: string): readonly string[] {
    return this.#parents.get(tag) ?? []
  }

  children(tag: string): readonly string[] {
    return this.tags.filter(each => this.#parents.get(each)?.includes(tag))
  }

  /** Everything that a name is a kind of, without itself. */
  ancestors(tag: string): ReadonlySet<string> {
    return new Set([...(this.#kinds.get(tag) ?? [])].filter(each => each !== tag))
  }

  /** Everything that is a kind of a name, without itself. */
  descendants(tag: string): readonly string[] {
    return this.tags.filter(each => each !== tag && this.isa(each, tag))
  }

  /** The edges, child first. */
  get edges(): readonly (readonly [child: string, parent: string])[] {
    return [...this.#parents].flatMap(([child, parents]) => parents.map(parent => [child, parent] as const))
  }
}

function kindsOf(tag: string, parents: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const kinds = new Set<string>([tag])
  for (const kind of kinds) {
    for (const parent of parents.get(kind) ?? []) {
      if (parent === tag) throw new TypeError(`${tag} cannot be a kind of itself, by way of ${kind}`)
      kinds.add(parent)
    }
  }
  return kinds
}
