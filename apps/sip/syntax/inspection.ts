/** What `console.log` shows of a value that was read from a text: what it says, and not what it is kept in. */

/** Under this name Node.js looks for a method that does so. */
const inspected = Symbol.for('nodejs.util.inspect.custom')

/** That of Node.js; it escapes what a terminal must not get. */
type Inspect = (value: unknown, options: unknown) => string

/** From now on `console.log` shows what `shown` makes of a value of the class. */
export function showAs<T>(type: { readonly prototype: T }, shown: (value: T) => unknown): void {
  const value = function (this: T, _depth: number, options: unknown, inspect: Inspect): string {
    return inspect(shown(this), options)
  }
  Object.defineProperty(type.prototype, inspected, { value })
}
