/** All interleavings of messages, losses and timers, untimed: a running timer may fire at any moment. */

import { expect } from 'chai'
import type { Machine } from '../../../apps/actor/machine.js'
import {
  type InviteClientEvent,
  inviteClient,
  inviteClientInitial,
} from '../../../apps/sip/transaction/invite-client.js'
import {
  type InviteServerEvent,
  inviteServer,
  inviteServerInitial,
} from '../../../apps/sip/transaction/invite-server.js'
import {
  type NonInviteClientEvent,
  nonInviteClient,
  nonInviteClientInitial,
} from '../../../apps/sip/transaction/non-invite-client.js'
import {
  type NonInviteServerEvent,
  nonInviteServer,
  nonInviteServerInitial,
} from '../../../apps/sip/transaction/non-invite-server.js'
import { defaultTimers } from '../../../apps/sip/transaction/timers.js'

interface AnyEffect {
  readonly kind: string
  readonly timer?: string
  readonly what?: string
  readonly status?: number
  readonly wire?: string
}

/** A transaction with the timers that its driver would hold, and all that it did since it was created. */
interface Node<State> {
  readonly state: State
  readonly running: readonly string[]
  readonly done: readonly string[]
}

interface Model<State, Event> {
  readonly machine: Machine<State, Event, AnyEffect>
  readonly initial: State
  /** Messages, answers and errors that may come at any time. */
  readonly events: readonly Event[]
  readonly fired: (timer: string) => Event
  readonly check: (done: readonly string[]) => void
  /** States that rightly wait for the TU without a timer. */
  readonly waits: (state: State) => boolean
}

const retransmission = new Set(['A', 'E', 'G'])

function apply<State, Event>(model: Model<State, Event>, node: Node<State>, event: Event, spent?: string): Node<State> {
  const step = model.machine(node.state, event)
  const running = new Set(node.running.filter(timer => timer !== spent))
  const done = [...node.done]
  for (const effect of step.effects) {
    const { kind, timer = '' } = effect
    if (kind === 'start') {
      expect(running.has(timer), `Timer ${timer} is started while it runs`).to.equal(false)
      running.add(timer)
    } else if (kind === 'stop') {
      expect(running.delete(timer), `Timer ${timer} is stopped but does not run`).to.equal(true)
    } else done.push([kind, effect.what, effect.status, effect.wire].filter(part => part !== undefined).join(' '))
  }
  return { state: step.state, running: [...running], done }
}

/** Visits every reachable node up to `depth` events after the start; returns how many different ones there are. */
function explore<State extends { readonly name: string }, Event>(model: Model<State, Event>, depth: number): number {
  const seen = new Set<string>()
  const start: Node<State> = { state: model.initial, running: [], done: [] }
  let layer = [start, apply(model, start, { kind: 'start' } as Event)]
  for (let level = 0; level <= depth; level++) {
    const next: Node<State>[] = []
    for (const node of layer) {
      const identity = JSON.stringify(node)
      if (seen.has(identity)) continue
      seen.add(identity)
      verify(model, node)
      if (node === start && !model.waits(node.state)) continue
      for (const event of model.events) next.push(apply(model, node, event))
      for (const timer of node.running) next.push(apply(model, node, model.fired(timer), timer))
    }
    layer = next
  }
  return seen.size
}

function verify<State extends { readonly name: string }, Event>(model: Model<State, Event>, node: Node<State>): void {
  model.check(node.done)
  if (node.state.name !== 'Terminated') {
    if (node.running.length > 0) expectEnd(model, node)
    else if (node.done.length > 0) expect(model.waits(node.state), `${node.state.name} is stuck`).to.equal(true)
    return
  }
  expect(node.running, 'timers that outlive the transaction').to.deep.equal([])
  for (const event of model.events) {
    const step = model.machine(node.state, event)
    if (step.state !== node.state || step.effects.length > 0)
      expect.fail(`Terminated is not the end: ${JSON.stringify(step)}`)
  }
}

/** With nothing but time, every state that has a timer comes to its end, or to the TU's turn. */
function expectEnd<State extends { readonly name: string }, Event>(
  model: Model<State, Event>,
  from: Node<State>,
): void {
  let node = from
  for (
    let firings = 0;
    node.state.name !== 'Terminated' && !(node.running.length === 0 && model.waits(node.state));
    firings++
  ) {
    expect(firings, `${from.state.name} does not end`).to.be.lessThan(4)
    const timer = node.running.find(name => !retransmission.has(name))
    if (timer === undefined) throw new Error(`${node.state.name} has no timer that ends it`)
    node = apply(model, node, model.fired(timer), timer)
  }
}

function count(done: readonly string[], pattern: RegExp): number {
  return done.filter(line => pattern.test(line)).length
}

const answers = [100, 200, 486].map(status => ({ kind: 'response', status, response: undefined }) as const)
const replies = [100, 200, 486].map(status => ({ kind: 'respond', status, wire: `${status}` }) as const)
const transportError = { kind: 'transportError' } as const

function checkInviteClient(done: readonly string[]): void {
  const refused = count(done, /^inform response 486/)
  expect(refused, 'finals but 2xx for the TU').to.be.lessThan(2)
  expect(count(done, /^sendAck/), 'ACKs made').to.equal(refused)
  if (refused > 0) expect(count(done, /^inform response 200/), '2xx after another final').to.equal(0)
  else expect(count(done, /^repeatAck/), 'ACKs without a final').to.equal(0)
  expect(count(done, /^inform (timeout|transportError)/)).to.be.lessThan(2)
  if (count(done, /^inform timeout/) > 0) expect(count(done, /^inform/), 'reports besides the timeout').to.equal(1)
  expectNoRequestAfterResponse(done)
}

function expectNoRequestAfterResponse(done: readonly string[]): void {
  const answered = done.findIndex(line => line.startsWith('inform response'))
  if (answered >= 0) expect(done.lastIndexOf('sendRequest'), 'INVITE after a response').to.be.lessThan(answered)
}

function checkNonInviteClient(done: readonly string[]): void {
  const finals = count(done, /^inform (response (200|486)|timeout|transportError)/)
  expect(finals, 'outcomes for the TU').to.be.lessThan(2)
  if (finals === 1) expect(done.at(-1), 'the outcome is the last thing done').to.match(/^inform/)
}

function checkInviteServer(done: readonly string[]): void {
  const first = done.find(line => /^sendResponse (200|486)/.test(line))
  const others = done.filter(line => /^sendResponse (200|486)/.test(line) && line !== first)
  expect(others, 'finals that differ from the first').to.deep.equal([])
  const at = first === undefined ? done.length : done.indexOf(first)
  expect(count(done.slice(at), /^(sendTrying|sendResponse 100)/), 'provisionals after the final').to.equal(0)
  if (first !== 'sendResponse 200') expect(count(done, /^inform ack/), 'ACKs for the TU but of a 2xx').to.equal(0)
  expect(count(done, /^inform timeout/)).to.be.lessThan(2)
}

function checkNonInviteServer(reliable: boolean): (done: readonly string[]) => void {
  return done => {
    const finals = done.filter(line => /^sendResponse (200|486)/.test(line))
    expect(new Set(finals).size, 'different finals').to.be.lessThan(2)
    const provisional = done.findIndex(line => line === 'sendTrying' || line === 'sendResponse 100')
    if (!reliable && provisional >= 0)
      expect(done[provisional], 'the first 100 comes from Timer LateTrying').to.equal('sendTrying')
    if (finals.length > 0) expect(count(done, /^inform timeout/)).to.equal(0)
  }
}

for (const reliable of [false, true]) {
  describe(`exploration over ${reliable ? 'a reliable' : 'an unreliable'} transport`, () => {
    it('§17.1.1 INVITE client: one outcome, ACK for every final but 2xx, an end [3261-17.1.1.2-25]', () => {
      const model: Model<ReturnType<typeof inviteClientInitial>, InviteClientEvent<undefined>> = {
        machine: inviteClient<undefined>(defaultTimers),
        initial: inviteClientInitial(reliable),
        events: [...answers, transportError],
        fired: timer => ({ kind: 'timer', timer: timer as 'A' }),
        check: checkInviteClient,
        waits: state => state.name === 'Proceeding',
      }
      expect(explore(model, 6)).to.be.greaterThan(reliable ? 50 : 250)
    })

    it('§17.1.2 non-INVITE client: one outcome, an end [3261-17.1.2.2-12]', () => {
      const model: Model<ReturnType<typeof nonInviteClientInitial>, NonInviteClientEvent<undefined>> = {
        machine: nonInviteClient<undefined>(defaultTimers),
        initial: nonInviteClientInitial(reliable),
        events: [...answers, transportError],
        fired: timer => ({ kind: 'timer', timer: timer as 'E' }),
        check: checkNonInviteClient,
        waits: () => false,
      }
      expect(explore(model, 7)).to.be.greaterThan(reliable ? 30 : 300)
    })

    it('§17.2.1 INVITE server: one final, ACK to the TU only for 2xx, an end [3261-17.2.1-14]', () => {
      const model: Model<ReturnType<typeof inviteServerInitial>, InviteServerEvent> = {
        machine: inviteServer(defaultTimers),
        initial: inviteServerInitial(reliable),
        events: [...replies, { kind: 'request' }, { kind: 'ack' }, transportError],
        fired: timer => ({ kind: 'timer', timer: timer as 'G' }),
        check: checkInviteServer,
        waits: state => state.name === 'Proceeding',
      }
      expect(explore(model, 5)).to.be.greaterThan(1000)
    })

    it('§17.2.2 non-INVITE server: one final, 100 only when allowed, an end [3261-17.2.2-10]', () => {
      const model: Model<ReturnType<typeof nonInviteServerInitial>, NonInviteServerEvent> = {
        machine: nonInviteServer(defaultTimers),
        initial: nonInviteServerInitial(reliable),
        events: [
          ...replies,
          { kind: 'request' },
          transportError,
          { kind: 'respond', status: 180, wire: '180' },
          { kind: 'respond', status: 408, wire: '408' },
        ],
        fired: timer => ({ kind: 'timer', timer: timer as 'J' }),
        check: done => {
          checkNonInviteServer(reliable)(done)
          expect(count(done, /180|408/), '180 or 408 sent').to.equal(0)
        },
        waits: state => state.name === 'Trying' || state.name === 'Proceeding',
      }
      expect(explore(model, 5)).to.be.greaterThan(300)
    })
  })
}
