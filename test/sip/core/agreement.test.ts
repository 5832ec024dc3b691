/** Whatever two stacks change of a call, and whatever the network does to that: in the end both have agreed on the same. */

import { expect } from 'chai'
import { runScenario, type Stage, scenario } from '../../../apps/scenario/scenario.js'
import type { ActiveDialog, CallHandlers, Core, Incoming, Outcome } from '../../../apps/sip/sip.js'

/** A number from 0 up to 1. */
type Chance = () => number

function chances(seed: number): Chance {
  let state = seed * 7919
  return () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff
    return (state >> 8) / 0x7fffff
  }
}

class Side {
  readonly #chance: Chance
  readonly #stage: Stage
  readonly #port: number
  #version = 0
  dialog: ActiveDialog | undefined
  readonly changes: Promise<Outcome>[] = []

  constructor(stage: Stage, chance: Chance, port: number) {
    this.#stage = stage
    this.#chance = chance
    this.#port = port
  }

  readonly describe = (): string =>
    `v=0\r\no=- ${this.#port} ${++this.#version} IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio ${this.#port} RTP/AVP 0 8\r\n`

  /** Our answer, or our offer where none has come. */
  answer(incoming: Incoming): string {
    const ours = this.describe()
    return incoming.request.body === '' ? ours : (incoming.answer(ours) ?? ours)
  }

  get handlers(): CallHandlers {
    const change = (incoming: Incoming): void => this.#consider(incoming)
    return { reINVITE: change, UPDATE: change, INFO: info => void info.reply(200) }
  }

  /** Refuses it, or takes it, at once or later. */
  #consider(incoming: Incoming): void {
    const { method, body } = incoming.request
    const take = (): boolean =>
      incoming.reply(200, method === 'UPDATE' && body === '' ? {} : { body: this.answer(incoming) })
    const chance = this.#chance()
    if (chance < 0.2) incoming.reply(488)
    else if (chance < 0.5) incoming.after(Math.floor(this.#chance() * 500), take)
    else take()
  }

  async change(): Promise<void> {
    await this.#stage.pause(Math.floor(this.#chance() * 150))
    const { dialog } = this
    if (dialog === undefined) return
    const chance = this.#chance()
    const body = this.describe()
    if (chance < 0.2) this.changes.push(dialog.reinvite({ body }))
    else if (chance < 0.5) this.changes.push(dialog.reinvite())
    else if (chance < 0.7) this.changes.push(dialog.update({ body }))
    else if (chance < 0.8) this.changes.push(dialog.hold())
    else if (chance < 0.9) this.changes.push(dialog.resume())
    else this.changes.push(dialog.request('INFO'))
  }
}

async function storm(stage: Stage, chance: Chance): Promise<void> {
  const [ours, theirs] = [new Side(stage, chance, 4000), new Side(stage, chance, 5000)]
  const isReliable = chance() < 0.5
  const core: Core = {
    ...theirs.handlers,
    name: 'bob',
    match: () => true,
    supported: ['100rel'],
    INVITE: invite => {
      if (isReliable) invite.reply(183, { reliable: true, body: theirs.answer(invite) })
      invite.after(Math.floor(chance() * 1000), () => {
        invite.reply(200, isReliable ? {} : { body: theirs.answer(invite) })
        theirs.dialog = invite.dialog
      })
    },
  }
  const bob = await stage.stack('bob', { cores: [core] })
  const alice = await stage.stack('alice')
  const described = chance() < 0.7 ? { body: ours.describe() } : {}
  const call = alice.stack.invite(bob.uri(), { ...described, answer: ours.describe, handlers: ours.handlers })
  const outcome = await call.outcome
  if (outcome.kind !== 'answered') return
  ours.dialog = outcome.dialog
  for (let times = 0; times < 8; times++) {
    await ours.change()
    await theirs.change()
  }
  await Promise.all([...ours.changes, ...theirs.changes])
  await stage.pause(70_000)
  const [one, other] = [await ours.dialog?.snapshot(), await theirs.dialog?.snapshot()]
  if (one !== undefined && other !== undefined) {
    const { local, remote } = one.agreement ?? {}
    expect([local, remote]).to.deep.equal([other.agreement?.remote, other.agreement?.local])
  }
  await ours.dialog?.bye()
  await theirs.dialog?.bye()
}

describe('what both sides of a call have agreed on', () => {
  for (const [weather, conditions] of [
    ['a quick network', { delay: 20, jitter: 0, loss: 0, duplication: 0 }],
    ['one that reorders and doubles', { delay: 20, jitter: 200, loss: 0, duplication: 0.1 }],
    ['one that loses, too', { delay: 20, jitter: 200, loss: 0.1, duplication: 0.05 }],
  ] as const) {
    it(`RFC 3264 §4 RFC 6337 §4 is the same for both over ${weather}, whatever has crossed`, async () => {
      // Among these are some in which a re-INVITE overtakes the ACK of the one before (RFC 5407 §3.1.5).
      for (let seed = 57; seed <= 71; seed++) {
        const { failure } = await runScenario(
          scenario('a storm', stage => storm(stage, chances(seed))),
          { conditions, seed },
        )
        if (failure !== undefined) throw new Error(`seed ${seed}: ${failure}`)
      }
    }).timeout(120_000)
  }
})
