/** Why an actor ended: Erlang's exit reasons. */

export type ExitReason =
  | { readonly kind: 'normal' }
  | { readonly kind: 'shutdown' }
  | { readonly kind: 'killed' }
  | { readonly kind: 'noproc' }
  | { readonly kind: 'nodedown' }
  | { readonly kind: 'error'; readonly name: string; readonly message: string; readonly stack: string }

export const normal: ExitReason = { kind: 'normal' }
/** The same end, of which the actor has told its parent by a message of its own: `down` does not tell it again. */
export const announced: ExitReason = { kind: 'normal' }
export const shutdown: ExitReason = { kind: 'shutdown' }
export const killed: ExitReason = { kind: 'killed' }
export const noproc: ExitReason = { kind: 'noproc' }
export const nodedown: ExitReason = { kind: 'nodedown' }

/** The reason for whatever was thrown, as plain data that may cross threads. */
export function errorReason(thrown: unknown): ExitReason {
  if (thrown instanceof Error) {
    return { kind: 'error', name: thrown.name, message: thrown.message, stack: thrown.stack ?? '' }
  }
  return { kind: 'error', name: 'Error', message: textOf(thrown), stack: '' }
}

/** Anything can be thrown, and some of it throws once more when it is to become a text. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return 'something that has no text'
  }
}

/** A quiet exit is an ordinary end: it is not reported, and a transient child is not restarted after it. */
export function isQuiet(reason: ExitReason): boolean {
  return reason.kind === 'normal' || reason.kind === 'shutdown'
}

/** One line for people. */
export function showReason(reason: ExitReason): string {
  return reason.kind === 'error' ? `${reason.name}: ${reason.message}` : reason.kind
}
