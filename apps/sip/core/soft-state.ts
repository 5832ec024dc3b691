/** What a server keeps for us only as long as we refresh it: the bindings of §10.2, the publications of RFC 3903 §4. */

import { type Machine, never, type Step } from '../../actor/machine.js'

/** What is asked of the server. Later ones supersede earlier ones that wait; what is created anew needs no modification. */
export type Order = 'refresh' | 'modify' | 'create' | 'remove'

/** `expires` is what we ask for, in seconds; `failures` are those since the server last did what it was asked. */
export type SoftState = {
  readonly expires: number
  readonly failures: number
} & (
  | { readonly name: 'Idle' | 'Ended' }
  /** An answer is awaited; `next` is what has been wanted meanwhile; raised is what a 423 has just wanted to be more. */
  | { readonly name: 'Asking'; readonly order: Order; readonly next: Order | undefined; readonly isRaised?: boolean }
  | { readonly name: 'Kept' }
  /** `order` is tried again after a while. */
  | { readonly name: 'Failing'; readonly order: Order }
)

export type SoftStateEvent =
  | { readonly kind: 'want'; readonly order: Order }
  /** The server keeps it for so many seconds. On trial is a way to it that has not shown yet that it lasts: RFC 5626 §4.5. */
  | { readonly kind: 'granted'; readonly seconds: number; readonly isTrial?: boolean }
  | { readonly kind: 'proven' }
  /** 423: it takes nothing shorter. */
  | { readonly kind: 'tooBrief'; readonly seconds: number }
  /** 412: it has lost what it had. */
  | { readonly kind: 'unknown' }
  /** The server says, without being asked, that it keeps it for so many seconds from now. */
  | { readonly kind: 'extended'; readonly seconds: number }
  /** The server keeps it no longer, and may do so again in so many seconds; after a while when it has not said. */
  | { readonly kind: 'dropped'; readonly wait: number | undefined }
  /** Any other end of the request; `wait` is what the server has asked for, in seconds. */
  | { readonly kind: 'failed'; readonly wait: number }
  | { readonly kind: 'timer' }
  /** The request goes without what the server has refused. */
  | { readonly kind: 'mended' }
  /** The way to the server is gone. */
  | { readonly kind: 'lost'; readonly isTrial?: boolean }

export type SoftStateEffect =
  | { readonly kind: 'ask'; readonly order: Order; readonly expires: number }
  /** A timer for a random moment between these, in ms from now. */
  | { readonly kind: 'start'; readonly least: number; readonly most: number }
  | { readonly kind: 'stop' }

type Result = Step<SoftState, SoftStateEffect>

/** RFC 5626 §4.5, in ms. */
const BASE = 30_000
const MOST = 1_800_000
/** ms that a server can have us wait at the most (§20.33): whoever asks for years would have us gone until somebody notices. */
const LONGEST_ASKED = 86_400_000

const rank: Readonly<Record<Order, number>> = { refresh: 0, modify: 1, create: 2, remove: 3 }
const stop: SoftStateEffect = { kind: 'stop' }

export function softStateInitial(expires: number): SoftState {
  return { name: 'Idle', expires, failures: 0 }
}

/** `patience` is how long a request may be without an answer, in ms: 64*T1. */
export function softState(patience: number): Machine<SoftState, SoftStateEvent, SoftStateEffect> {
  return (state, event) => {
    switch (event.kind) {
      case 'want':
        return want(state, event.order)
      case 'timer':
        if (state.name === 'Kept') return ask(state, 'refresh')
        return state.name === 'Failing' ? ask(state, state.order) : stay(state)
      case 'lost':
        return lost(state, event.isTrial === true)
      case 'proven':
        return stay({ ...state, failures: 0 })
      case 'dropped':
        return dropped(state, event.wait)
      case 'extended':
        return state.name === 'Kept' && event.seconds > 0 ? kept(state, event.seconds, patience, [stop]) : stay(state)
      case 'granted':
      case 'tooBrief':
      case 'unknown':
      case 'mended':
      case 'failed':
        return state.name === 'Asking' ? answered(state, event, patience) : stay(state)
      default:
        return never(event)
    }
  }
}

type Asking = Extract<SoftState, { name: 'Asking' }>
type Answer = Extract<SoftStateEvent, { kind: 'granted' | 'tooBrief' | 'unknown' | 'mended' | 'failed' }>

/** §10.2, RFC 3903 §4: never two requests at a time. */
function want(state: SoftState, order: Order): Result {
  switch (state.name) {
    case 'Idle':
      return ask(state, order)
    case 'Asking':
      return state.order === 'remove' ? stay(state) : stay({ ...state, next: stronger(state.next, order) })
    case 'Kept':
      return ask(state, order, [stop])
    case 'Failing':
      return ask(state, stronger(state.order, order), [stop])
    case 'Ended':
      return stay(state)
  }
}

function answered(state: Asking, event: Answer, patience: number): Result {
  // Whatever came of it, we ask for no more.
  if (state.order === 'remove') return stay({ name: 'Ended', expires: state.expires, failures: state.failures })
  switch (event.kind) {
    case 'granted':
      return event.seconds > 0 ? granted(state, event, patience) : failed(state, 0)
    case 'tooBrief':
      return tooBrief(state, event.seconds)
    case 'unknown':
      return state.order === 'create' ? failed(state, 0) : ask(state, stronger(state.next, 'create'))
    case 'mended':
      return ask(state, stronger(state.next, state.order))
    case 'failed':
      return failed(state, event.wait)
  }
}

/** §10.2.8. A server that finds too brief what it has asked for, or wants more each time, would be asked without end. */
function tooBrief(state: Asking, seconds: number): Result {
  if (seconds <= state.expires) return failed(state, 0)
  const raised = { ...state, expires: seconds }
  if (state.isRaised === true) return failed(raised, 0)
  const order = stronger(state.next, state.order)
  return { state: { ...raised, order, next: undefined, isRaised: true }, effects: ask(raised, order).effects }
}

function granted(
  { expires, failures, next }: Asking,
  { seconds, isTrial }: Extract<Answer, { kind: 'granted' }>,
  patience: number,
): Result {
  const state: SoftState = { name: 'Kept', expires, failures: isTrial === true ? failures : 0 }
  return next === undefined ? kept(state, seconds, patience) : ask(state, next)
}

/** Refreshed so early that a refresh that nobody answers has failed before the server forgets. */
function kept(state: SoftState, seconds: number, patience: number, before: readonly SoftStateEffect[] = []): Result {
  const held = seconds * 1000
  const most = Math.max(held / 2, Math.min(held * 0.9, held - patience))
  return { state, effects: [...before, { kind: 'start', least: Math.round(most * 0.9), most: Math.round(most) }] }
}

/** RFC 5626 §4.5: the wait doubles, and half of it is left to chance; never at once to the same server (§10.2.7). */
function failed({ expires, failures, order, next }: Asking, wait: number): Result {
  const again = stronger(next, order)
  const failing: SoftState = { name: 'Failing', expires, failures: failures + 1, order: again }
  if (again === 'remove') return ask(failing, 'remove')
  const asked = asMs(wait)
  const most = Math.max(backoff(failing.failures), asked)
  return { state: failing, effects: [{ kind: 'start', least: Math.max(most / 2, asked), most }] }
}

/** RFC 5626 §4.5: at once, but for a way that was gone before it had shown that it was any better than the one before. */
function lost(state: SoftState, isTrial: boolean): Result {
  if (state.name !== 'Kept') return stay(state)
  if (!isTrial) return want(state, 'refresh')
  return failed({ ...state, name: 'Asking', order: 'refresh', next: undefined }, 0)
}

/** RFC 6665 §4.1.3: what comes is another one, and not before the server wants it. */
function dropped(state: SoftState, wait: number | undefined): Result {
  if (state.name === 'Idle' || state.name === 'Ended') return stay(state)
  // The farewell goes on, or comes when there is an answer.
  if (state.name === 'Asking' && (state.order === 'remove' || state.next === 'remove')) return stay(state)
  const { expires, failures } = state
  const before = state.name === 'Asking' ? [] : [stop]
  if (wait === 0) return ask(state, 'create', before)
  const failing: SoftState = { name: 'Failing', expires, failures: failures + 1, order: 'create' }
  const least = wait === undefined ? backoff(failures + 1) / 2 : asMs(wait)
  return {
    state: failing,
    effects: [...before, { kind: 'start', least, most: wait === undefined ? 2 * least : least }],
  }
}

function asMs(wait: number): number {
  return Math.min(wait * 1000, LONGEST_ASKED)
}

function backoff(failures: number): number {
  return Math.min(MOST, BASE * 2 ** failures)
}

function ask({ expires, failures }: SoftState, order: Order, before: readonly SoftStateEffect[] = []): Result {
  const asked = order === 'remove' ? 0 : expires
  return {
    state: { name: 'Asking', expires, failures, order, next: undefined },
    effects: [...before, { kind: 'ask', order, expires: asked }],
  }
}

function stronger(one: Order | undefined, other: Order): Order {
  return one !== undefined && rank[one] > rank[other] ? one : other
}

function stay(state: SoftState): Result {
  return { state, effects: [] }
}
