/** Every state against every event: the tables of the machine tests, checked for completeness by the compiler. */

import { expect } from 'chai'
import type { Machine } from '../../../apps/actor/machine.js'

/** One row per state name, or two where the transport makes a difference. */
export type Row<State extends { readonly name: string }> = State extends { readonly reliable: boolean }
  ? `${State['name']} udp` | `${State['name']} tcp`
  : State['name']

/** One column per event, one per timer, one per class of status. */
export type Column<Event> = Event extends { readonly kind: 'timer'; readonly timer: infer Timer extends string }
  ? `Timer ${Timer}`
  : Event extends { readonly kind: 'response' | 'respond' }
    ? '1xx' | '2xx' | '300-699'
    : Event extends { readonly kind: infer Kind extends string }
      ? Kind
      : never

/** Row by column: the next state and the effects, `same` for the identical state and no effect, or `throws`. */
export type Table<State extends { readonly name: string }, Event> = Record<Row<State>, Record<Column<Event>, string>>

/** An effect in one or two words: `send`, `start A 500`, `inform timeout`. */
export function show(effect: object): string {
  return Object.values(effect)
    .filter(value => typeof value !== 'object')
    .join(' ')
}

/** Declares one test for each cell of the table. */
export function testTable<State extends { readonly name: string }, Event, Effect extends object>(
  machine: Machine<State, Event, Effect>,
  states: Record<Row<State>, State>,
  events: Record<Column<Event>, Event>,
  table: Table<State, Event>,
): void {
  for (const [row, cells] of entries(table)) {
    for (const [column, expected] of entries(cells)) {
      it(`${row} x ${column}: ${expected}`, () => {
        expect(outcome(machine, states[row], events[column])).to.equal(expected)
      })
    }
  }
}

function outcome<State extends { readonly name: string }, Event, Effect extends object>(
  machine: Machine<State, Event, Effect>,
  state: State,
  event: Event,
): string {
  const before = JSON.stringify(state)
  try {
    const step = machine(state, event)
    if (step.state === state && step.effects.length === 0) return 'same'
    return [step.state.name, ...step.effects.map(show)].join(', ')
  } catch (error) {
    return error instanceof TypeError ? 'throws' : `unexpected ${error}`
  } finally {
    expect(JSON.stringify(state), 'a state is never changed in place').to.equal(before)
  }
}

function entries<Key extends string, Value>(record: Record<Key, Value>): [Key, Value][] {
  return Object.entries(record) as [Key, Value][]
}
