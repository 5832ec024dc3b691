/** How the shell evaluates a line: words with arguments behind them are understood, and what gives a promise is awaited. */

import { Domain } from 'node:domain'
import type { REPLServer } from 'node:repl'

export interface Evaluation {
  /** True until the result of the latest line has been printed. */
  readonly goesOn: boolean
}

/** Nothing to print: whoever typed has had enough of waiting. */
const INTERRUPTED = 'ERR_SCRIPT_EXECUTION_INTERRUPTED'

/**
 * From now on a promise is awaited as if `await` had been typed, and Ctrl-C stops the waiting. `spoken` gives the
 * JavaScript for a line that is none, `misspoken` what is said of one that was to be none, in the place of its error.
 */
export function awaitResults(
  repl: REPLServer,
  spoken: (line: string) => string | undefined,
  misspoken: (line: string, error: Error) => string | undefined,
): Evaluation {
  const state = { goesOn: false }
  const evaluate = repl.eval
  const value: typeof evaluate = function (this: REPLServer, code, context, file, finish) {
    state.goesOn = true
    const done: typeof finish = (error, result) => {
      const said = error === null ? undefined : misspoken(code, error)
      if (isInterruption(error)) finish(null, undefined)
      else if (said !== undefined) finish(null, said)
      else finish(error, result)
    }
    evaluate.call(this, spoken(code) ?? code, context, file, (error, result: unknown) => {
      if (error !== null || !isThenable(result)) return done(error, result)
      context['pending'] = result
      evaluate.call(this, 'await pending\n', context, file, done)
    })
  }
  onErrors(repl, error => {
    if (!isInterruption(error)) return false
    repl.displayPrompt()
    return true
  })
  // However an evaluation ends, there is a prompt afterwards.
  const { displayPrompt } = repl
  repl.displayPrompt = preserveCursor => {
    state.goesOn = false
    displayPrompt.call(repl, preserveCursor)
  }
  // Typed as read-only, though the server looks it up for each line.
  Object.defineProperty(repl, 'eval', { value })
  return state
}

/** Errors of what runs go to a domain, and not to the callback; those that are `taken` go no further. */
function onErrors(repl: REPLServer, taken: (error: unknown) => boolean): void {
  const domain: unknown = Reflect.get(repl, '_domain')
  if (!(domain instanceof Domain)) return
  const { emit } = domain
  const value: typeof emit = (name, ...args) =>
    (name === 'error' && taken(args[0])) || Reflect.apply(emit, domain, [name, ...args])
  Object.defineProperty(domain, 'emit', { value })
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function isInterruption(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === INTERRUPTED
}
