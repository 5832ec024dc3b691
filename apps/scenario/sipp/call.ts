/** One call of a SIPp scenario, played by a raw peer: it sends what the XML says, and takes what it expects in its order. */

import type { Message } from '../../sip/sip.js'
import { type Arrived, type Expectation, either, maybe } from '../expectation.js'
import { ScenarioFailure } from '../failure.js'
import type { Peer, RawPeer } from '../raw-peer.js'
import type { Stage } from '../stage.js'
import { type Action, isSet, type Variables } from './action.js'
import { Facts } from './facts.js'
import type { Branch, Recv, Script, Step } from './script.js'

export interface CallParts {
  readonly script: Script
  readonly peer: RawPeer
  /** Whom it calls, or who calls it. */
  readonly other: Peer
  /** What [service] stands for. */
  readonly service: string
  readonly stage: Stage
  /** From 1. */
  readonly number: number
  /** The values of [field0] and on. */
  readonly fields: readonly string[]
}

/** ms that a <recv> without a timeout waits: longer than any transaction. */
const PATIENCE = 40_000
/** Steps after which a scenario that goes round in circles is given up. */
const ENDLESS = 100_000

export class SippCall {
  readonly #script: Script
  readonly #peer: RawPeer
  readonly #other: Peer
  readonly #stage: Stage
  readonly #facts: Facts
  readonly #variables: Variables = new Map()
  /** What was optional and did not come: it may come late. */
  readonly #passed: Recv[] = []

  constructor({ script, stage, ...parts }: CallParts) {
    this.#script = script
    this.#peer = parts.peer
    this.#other = parts.other
    this.#stage = stage
    this.#facts = new Facts({ ...parts, transport: stage.transport, variables: this.#variables })
  }

  /** Rejects with ScenarioFailure. */
  async run(): Promise<void> {
    let at = 0
    for (let count = 0; count < ENDLESS; count++) {
      const step = this.#script.steps[at]
      if (step === undefined) {
        await this.#peer.expect(...this.#passed.map(recv => maybe(this.#expectation(recv))))
        return
      }
      at = await this.#play(step, at)
    }
    throw this.#failure(this.#script.steps.length, `it goes round in circles: ${ENDLESS} steps`)
  }

  /** Plays a step, and says which one is next. */
  async #play(step: Step, at: number): Promise<number> {
    this.#facts.reached(at)
    if (step.kind === 'recv') return this.#receive(at)
    if (step.kind === 'pause') {
      const { least, most, variable } = step
      const ms = variable === undefined ? least + this.#peer.random.fraction() * (most - least) : this.#number(variable)
      await this.#stage.pause(Math.round(ms))
    } else if (step.kind === 'send') {
      this.#facts.begins(step.template.start)
      this.#send(step.template.message(this.#facts), step)
    }
    return this.#after(step, at)
  }

  #send(text: string, { line }: Step): void {
    const { first } = this.#facts
    if (this.#script.calls) this.#peer.write(text, this.#other)
    else if (first?.kind === 'request') this.#peer.write(text, first)
    else throw this.#failure(line, 'nobody has called yet')
  }

  /** Waits for what this <recv> wants, and those before which it is optional. */
  async #receive(at: number): Promise<number> {
    const open: number[] = []
    for (let next = at; ; next++) {
      const step = this.#script.steps[next]
      if (step?.kind !== 'recv') break
      open.push(next)
      if (!step.optional) break
    }
    const { timeout = PATIENCE, ontimeout } = this.#recv(open.at(-1) ?? at)
    while (true) {
      const wanted = [...open.map(index => this.#recv(index)), ...this.#passed].map(recv => this.#expectation(recv))
      const message = await this.#next(wanted, timeout, ontimeout !== undefined)
      if (message === undefined) return ontimeout ?? at
      const index = open.find(each => this.#isFor(this.#recv(each), message))
      // Late: nobody minds.
      if (index === undefined) continue
      const recv = this.#recv(index)
      this.#facts.received(message, recv.keepsRoutes)
      const next = this.#after(recv, index)
      if (recv.optional && next === index + 1) continue
      this.#passed.push(...open.filter(each => each !== index).map(each => this.#recv(each)))
      return next
    }
  }

  /** Undefined when nothing has come in time, and that is allowed. */
  async #next(
    wanted: readonly Expectation<Message>[],
    timeout: number,
    mayLack: boolean,
  ): Promise<Message | undefined> {
    try {
      const [message] = await this.#peer.within(timeout).expect(either(...wanted))
      return message
    } catch (thrown) {
      if (mayLack && thrown instanceof ScenarioFailure && thrown.parts.culprit === undefined) return undefined
      throw thrown
    }
  }

  #recv(index: number): Recv {
    const step = this.#script.steps[index]
    if (step?.kind === 'recv') return step
    throw new RangeError(`step ${index} receives nothing`)
  }

  #expectation(recv: Recv): Expectation<Message> {
    const title = `${recv.wanted} (line ${recv.line})`
    return {
      ...{ title, optional: false, again: false, weight: 0 },
      why: ({ message }: Arrived) =>
        message !== undefined && this.#isFor(recv, message) ? undefined : `it is not ${recv.wanted}`,
    }
  }

  #isFor(recv: Recv, message: Message): boolean {
    if (message.kind !== recv.of) return false
    return recv.matches(message.kind === 'request' ? message.method : String(message.status))
  }

  /** Performs the actions of a step, and says which one is next. */
  #after({ actions, branch, line }: Step, at: number): number {
    let next = at + 1
    for (const action of actions) next = this.#act(action, line) ?? next
    return branch !== undefined && this.#takes(branch) ? branch.to : next
  }

  #act(action: Action, line: number): number | undefined {
    const message = this.#facts.latest
    const turn = action({ variables: this.#variables, values: this.#facts, message })
    if (turn?.kind === 'failed') throw this.#failure(line, turn.what, message?.source)
    if (turn?.kind === 'log') this.#stage.note(this.#peer, turn.text)
    return turn?.kind === 'jump' ? turn.to : undefined
  }

  #takes({ test, chance }: Branch): boolean {
    if (test !== undefined && !isSet(this.#variables, test)) return false
    return chance === 1 || this.#peer.random.fraction() < chance
  }

  #number(variable: string): number {
    return Math.max(0, Number(this.#variables.get(variable)) || 0)
  }

  #failure(line: number, what: string, culprit?: string): ScenarioFailure {
    return new ScenarioFailure({
      peer: this.#peer.name,
      what: `line ${line}: ${what}`,
      expected: [],
      ...(culprit === undefined ? {} : { culprit }),
    })
  }
}
