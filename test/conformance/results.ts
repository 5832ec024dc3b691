/** Titles of tests and scenarios with their outcome, from what mocha and `sipwright spec --json` write. */

export interface Outcome {
  readonly title: string
  readonly passed: boolean
}

/** From the report of mocha's `json` reporter. Throws TypeError when it is none. */
export function fromMocha(text: string): readonly Outcome[] {
  const { passes, failures } = object(JSON.parse(text))
  return [...list(passes, 'fullTitle', true), ...list(failures, 'fullTitle', false)]
}

/** From `sipwright spec --json`. Throws TypeError when it is none. */
export function fromSpecs(text: string): readonly Outcome[] {
  const { results } = object(JSON.parse(text))
  return elements(results).map(result => ({ title: titleOf(result, 'title'), passed: result['passed'] === true }))
}

function list(value: unknown, key: string, passed: boolean): Outcome[] {
  return elements(value).map(test => ({ title: titleOf(test, key), passed }))
}

function elements(value: unknown): Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) throw new TypeError('these are no results')
  return value.map(object)
}

function titleOf(result: Readonly<Record<string, unknown>>, key: string): string {
  const title = result[key]
  if (typeof title !== 'string') throw new TypeError('a result has no title')
  return title
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError('these are no results')
  return Object.fromEntries(Object.entries(value))
}
