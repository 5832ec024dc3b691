/** Pure state machines: `(state, event) -> { state, effects }`. No clock, socket, random number or log inside. */

export interface Step<State, Effect> {
  readonly state: State
  readonly effects: readonly Effect[]
}

export type Machine<State, Event, Effect> = (state: State, event: Event) => Step<State, Effect>

/** The exhaustiveness guard: compiles only where every member of a union has been handled. */
export function never(value: never): never {
  throw new TypeError(`unhandled case: ${JSON.stringify(value)}`)
}
