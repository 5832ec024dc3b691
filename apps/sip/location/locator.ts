/** The actor that finds servers: it follows plans, asks each question once, and keeps the answers (RFC 3263 §4). */

import type { ActorRef, Behavior, Self } from '../../actor/actor.js'
import type { Uri } from '../syntax/uri.js'
import type { Via } from '../syntax/via.js'
import { AnswerCache, cacheKey } from './answer-cache.js'
import { FirstTargets, placeKey } from './first-targets.js'
import { Health, type TargetState } from './health.js'
import {
  type Exhausted,
  type PlanConfig,
  type PlanEvent,
  type PlanState,
  plan,
  type Question,
  requestPlan,
  responsePlan,
} from './plan.js'
import type { Reply, Resolver } from './resolver.js'
import type { Random } from './srv-order.js'
import type { Target } from './target.js'

export type LocatorMsg =
  /** The first target for a URI. `seed` is a whole number from 0 on: requests with the same get the same ones as long as the DNS says the same. */
  | {
      readonly kind: 'locate'
      readonly uri: Uri
      readonly means: Means
      readonly seed: number
      readonly replyTo: ActorRef<Located>
    }
  /** The first target for a response that did not get back the way its request came: RFC 3263 §5. */
  | {
      readonly kind: 'locateSender'
      readonly via: Via
      readonly means: Means
      readonly seed: number
      readonly replyTo: ActorRef<Located>
    }
  /** One more target. */
  | { readonly kind: 'next'; readonly search: Search; readonly replyTo: ActorRef<Located> }
  /** How it went with a target; `retryAfter` in s. */
  | { readonly kind: 'failed'; readonly target: Target; readonly reason: string; readonly retryAfter?: number }
  | { readonly kind: 'worked'; readonly target: Target }
  | { readonly kind: 'resolved'; readonly key: string; readonly reply: Reply }
  /** Forgets what the DNS has said. */
  | { readonly kind: 'flush' }
  | { readonly kind: 'count'; readonly replyTo: ActorRef<LocatorCount> }
  | { readonly kind: 'targets'; readonly replyTo: ActorRef<readonly TargetState[]> }

/** What we can send with, and to. */
export type Means = Pick<PlanConfig, 'transports' | 'families'>

/** Where a search stands: all of it, so that nothing is left here of one that is given up. */
export interface Search {
  readonly plan: PlanState
  readonly means: Means
  readonly seed: number
  /** Passed over because they failed lately; their turn comes last. */
  readonly resting: readonly Target[]
}

export type Located =
  | { readonly kind: 'target'; readonly target: Target; readonly search: Search }
  | { readonly kind: 'exhausted'; readonly why: Exhausted }

export interface LocatorCount {
  /** Questions that the DNS has not answered yet, and searches that wait for them. */
  readonly questions: number
  readonly waiting: number
  readonly answers: number
}

export interface LocatorArg {
  readonly resolver: Resolver
  /** Makes hashes unpredictable. */
  readonly seed: number
}

/** Ways to draw by weight: enough that each server gets its share to a thousandth. */
const DRAWS = 1024
/** ms after which a resolver that says nothing counts as failed. */
const PATIENCE = 15_000
/** Questions at once: more means that somebody else chooses the names. */
const MOST_QUESTIONS = 1000

interface Waiting {
  readonly search: Search
  readonly replyTo: ActorRef<Located>
  /** For a first target that is found without waiting: what it is remembered by. */
  readonly key?: string
}

export const locator: Behavior<LocatorMsg, LocatorArg> = {
  label: 'locator',
  init(arg, self) {
    const office = new Locator(arg, self)
    return message => office.receive(message)
  },
}

class Locator {
  readonly #self: Self<LocatorMsg>
  readonly #resolver: Resolver
  readonly #cache: AnswerCache
  readonly #first: FirstTargets
  readonly #health = new Health()
  /** Who waits for the answer to a question. */
  readonly #waiting = new Map<string, Waiting[]>()

  constructor({ resolver, seed }: LocatorArg, self: Self<LocatorMsg>) {
    this.#self = self
    this.#resolver = resolver
    this.#cache = new AnswerCache(seed)
    this.#first = new FirstTargets(seed)
  }

  receive(message: LocatorMsg): void {
    switch (message.kind) {
      case 'locate':
        return this.#locate(message)
      case 'locateSender': {
        const { via, means, seed, replyTo } = message
        const search = { plan: responsePlan(means, via), means, seed: seed % DRAWS, resting: [] }
        return this.#advance({ search, replyTo }, { kind: 'next' })
      }
      case 'next':
        return this.#advance(message, { kind: 'next' })
      case 'failed':
        return this.#health.failed(message.target, this.#self.now, message.reason, message.retryAfter)
      case 'worked':
        return this.#health.worked(message.target)
      case 'resolved':
        return this.#resolved(message.key, message.reply)
      case 'flush':
        this.#first.clear()
        return this.#cache.clear()
      case 'count':
        return this.#self.send(message.replyTo, this.#count())
      case 'targets':
        return this.#self.send(message.replyTo, this.#health.list(this.#self.now))
    }
  }

  #locate({ uri, means, seed, replyTo }: Extract<LocatorMsg, { kind: 'locate' }>): void {
    const draw = seed % DRAWS
    if (this.#health.size > 0) return this.#advance(newSearch(uri, means, draw, replyTo), { kind: 'next' })
    const key = placeKey(uri)
    const known = this.#first.get(key, draw, means, this.#self.now)
    if (known !== undefined) return this.#self.send(replyTo, known)
    this.#advance({ ...newSearch(uri, means, draw, replyTo), key }, { kind: 'next' })
  }

  /** Goes on until there is a target, or a question whose answer is not known. */
  #advance({ search, replyTo, key: place }: Waiting, event: PlanEvent): void {
    const { means, seed } = search
    const { now } = this.#self
    let until = Number.POSITIVE_INFINITY
    const machine = plan({ ...means, random: drawer(seed) })
    let { plan: state, resting } = search
    for (;;) {
      const step = machine(state, event)
      const [effect] = step.effects
      state = step.state
      if (effect === undefined) return
      if (effect.kind === 'ask') {
        const key = cacheKey(effect.question)
        const cached = this.#cache.get(key, now)
        if (cached === undefined) {
          return this.#wait(key, effect.question, { search: { plan: state, means, seed, resting }, replyTo })
        }
        until = Math.min(until, cached.until)
        event = { kind: 'answer', answer: cached.answer }
      } else if (effect.kind === 'target') {
        const { target } = effect
        if (!this.#health.isResting(target, now)) {
          const located: Located = { kind: 'target', target, search: { plan: state, means, seed, resting } }
          if (place !== undefined) this.#first.put(place, seed, means, until, now, located)
          return this.#self.send(replyTo, located)
        }
        resting = [...resting, target]
        event = { kind: 'next' }
      } else {
        const [target, ...others] = resting
        if (target === undefined) return this.#self.send(replyTo, effect)
        const rest = { plan: state, means, seed, resting: others }
        return this.#self.send(replyTo, { kind: 'target', target, search: rest })
      }
    }
  }

  /** However many wait, a question is asked once. */
  #wait(key: string, question: Question, waiting: Waiting): void {
    const others = this.#waiting.get(key)
    if (others !== undefined) return void others.push(waiting)
    this.#waiting.set(key, [waiting])
    const { ref } = this.#self
    if (this.#waiting.size > MOST_QUESTIONS) {
      return this.#self.send(ref, { kind: 'resolved', key, reply: { kind: 'failed', reason: 'too many questions' } })
    }
    const late: Reply = { kind: 'failed', reason: 'the resolver says nothing' }
    this.#self.startTimer(key, PATIENCE, { kind: 'resolved', key, reply: late })
    this.#resolver.resolve(question, reply => this.#self.send(ref, { kind: 'resolved', key, reply }))
  }

  #resolved(key: string, reply: Reply): void {
    this.#self.stopTimer(key)
    const answer = this.#cache.put(key, reply, this.#self.now)
    const waiting = this.#waiting.get(key) ?? []
    this.#waiting.delete(key)
    for (const each of waiting) this.#advance(each, { kind: 'answer', answer })
  }

  #count(): LocatorCount {
    let waiting = 0
    for (const each of this.#waiting.values()) waiting += each.length
    return { questions: this.#waiting.size, waiting, answers: this.#cache.size }
  }
}

function newSearch(uri: Uri, means: Means, seed: number, replyTo: ActorRef<Located>): Waiting {
  return { search: { plan: requestPlan(means, uri), means, seed, resting: [] }, replyTo }
}

/**
 * Whole numbers that follow from the draw: all requests of a call meet the same server (RFC 3263 §4). The first, which
 * decides for most of them, is spread evenly over the draws.
 */
function drawer(draw: number): Random {
  let state = draw
  let isFirst = true
  return limit => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    const part = isFirst ? (draw + 0.5) / DRAWS : ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    isFirst = false
    return Math.floor(part * (limit + 1))
  }
}
