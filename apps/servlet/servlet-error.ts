/** What a servlet did at the wrong time; the exceptions of JSR 289 that are no mistake in an argument. */

export class ServletError extends Error {
  override readonly name = 'ServletError'
  /** `IllegalState`: too late or too early for it. `TooManyHops`: the request may not go any further (Max-Forwards 0). */
  readonly code: 'IllegalState' | 'TooManyHops'

  constructor(code: ServletError['code'], message: string) {
    super(message)
    this.code = code
  }
}

export function illegalState(what: string): never {
  throw new ServletError('IllegalState', what)
}
