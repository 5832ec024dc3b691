/** Which of our provisional responses to an INVITE waits for its PRACK, and what waits for that: RFC 3262 §3, pure. */

import type { Step } from '../../actor/machine.js'
import type { Request, Response } from '../syntax/message.js'

export interface ReliableState {
  /** RSeq of the latest that was sent. */
  readonly rseq: number
  /** It, while it is repeated. */
  readonly unacknowledged: Response | undefined
  /** Those that a final response has overtaken: their PRACKs are taken, but they are not repeated. */
  readonly overtaken: readonly number[]
  /** In order; a final response comes last, and nothing behind it. */
  readonly waiting: readonly Response[]
}

export type ReliableEvent =
  | { readonly kind: 'answer'; readonly response: Response }
  | { readonly kind: 'acknowledged' }
  /** 64*T1 have passed without PRACK. */
  | { readonly kind: 'expired' }

export type ReliableEffect =
  | { readonly kind: 'send'; readonly response: Response }
  /** Repeats what was sent latest, from now on, or no more. */
  | { readonly kind: 'repeat' }
  | { readonly kind: 'rest' }
  /** The INVITE is refused; `instead` of this final response, where there is one already. */
  | { readonly kind: 'refuse'; readonly instead: Response | undefined }

type Result = Step<ReliableState, ReliableEffect>

/** RFC 3262 §3: `rseq` is random, 1 to 2^31 - 1; those that follow are each one higher. */
export function reliableInitial(rseq: number): ReliableState {
  return { rseq: rseq - 1, unacknowledged: undefined, overtaken: [], waiting: [] }
}

export function reliableResponses(state: ReliableState, event: ReliableEvent): Result {
  switch (event.kind) {
    case 'answer':
      return answer(state, event.response)
    case 'acknowledged':
      return next({ ...state, unacknowledged: undefined }, [{ kind: 'rest' }])
    case 'expired': {
      const instead = state.waiting.find(({ isProvisional }) => !isProvisional)
      return { state: { ...state, unacknowledged: undefined, waiting: [] }, effects: [{ kind: 'refuse', instead }] }
    }
  }
}

function answer(state: ReliableState, response: Response): Result {
  if (!response.isProvisional) return final(state, response)
  if (!isReliable(response)) return { state, effects: [{ kind: 'send', response }] }
  // One at a time: no other is sent before the PRACK.
  if (state.unacknowledged !== undefined)
    return { state: { ...state, waiting: [...state.waiting, response] }, effects: [] }
  return send(state, response, [])
}

/** RFC 3262 §3, §5: a 2xx waits for what has a session description; nothing else holds a final response back. */
function final(state: ReliableState, response: Response): Result {
  const { unacknowledged, rseq } = state
  if (unacknowledged === undefined) return { state, effects: [{ kind: 'send', response }] }
  if (response.isSuccess && unacknowledged.body !== '') {
    return { state: { ...state, waiting: [...state.waiting, response] }, effects: [] }
  }
  const effects: ReliableEffect[] = [{ kind: 'rest' }, { kind: 'send', response }]
  return { state: { rseq, unacknowledged: undefined, overtaken: [rseq], waiting: [] }, effects }
}

/** What has waited, up to the next that waits for a PRACK. A final response leaves out the reliable ones before it. */
function next(state: ReliableState, effects: readonly ReliableEffect[]): Result {
  const last = state.waiting.at(-1)
  if (last === undefined) return { state, effects }
  if (!last.isProvisional)
    return { state: { ...state, waiting: [] }, effects: [...effects, { kind: 'send', response: last }] }
  const [first = last, ...others] = state.waiting
  return send({ ...state, waiting: others }, first, effects)
}

function send(state: ReliableState, response: Response, before: readonly ReliableEffect[]): Result {
  const rseq = state.rseq + 1
  const numbered = response.set('RSeq', rseq)
  return {
    state: { ...state, rseq, unacknowledged: numbered },
    effects: [...before, { kind: 'send', response: numbered }, { kind: 'repeat' }],
  }
}

/** RFC 3262 §3, §4: a provisional response other than 100 that is to be acknowledged with PRACK. */
export function isReliable(response: Response): boolean {
  if (response.status <= 100 || !response.isProvisional) return false
  return response.getAll('Require').some(tag => tag.toLowerCase() === '100rel')
}

/** RFC 3262 §3: whether the client can acknowledge one, and whether it insists. */
export function reliability(invite: Request): 'required' | 'supported' | 'none' {
  if (invite.method !== 'INVITE') return 'none'
  const lists = (name: 'Require' | 'Supported'): boolean =>
    invite.getAll(name).some(tag => tag.toLowerCase() === '100rel')
  if (lists('Require')) return 'required'
  return lists('Supported') ? 'supported' : 'none'
}

/** What a PRACK acknowledges of the responses to that INVITE: the one that is repeated, one that is not any more, or nothing. */
export function acknowledgedBy(state: ReliableState, prack: Request, invite: Request): 'latest' | 'overtaken' | 'none' {
  const rack = prack.get('RAck')
  if (rack === undefined || rack.cseq !== invite.cseq.number || rack.method !== 'INVITE') return 'none'
  if (state.unacknowledged !== undefined && rack.rseq === state.rseq) return 'latest'
  return state.overtaken.includes(rack.rseq) ? 'overtaken' : 'none'
}

/** RFC 3262 §3: a caller that insists gets all of them reliably, one that cannot none. */
export function isReliably(request: Request, asked: boolean): boolean {
  const able = reliability(request)
  return able === 'required' || (able === 'supported' && asked)
}
