/** One page that looks at a running stack: what it asked to see is sent when it has changed. */

import type { SipStack, TraceFollower } from '../../apps/sip/sip.js'
import { topicRows } from '../show.js'

/** What a page wants to see. */
export interface Wish {
  /** The Call-ID whose ladder is drawn. */
  readonly callId?: string
  /** What is shown as a table, as `show` names it. */
  readonly topic?: string
}

/** ms between two looks at what passed. */
const LOOK = 100
/** Looks between two lists of calls. */
const CALLS_EVERY = 4
/** Looks between two tables. */
const TABLE_EVERY = 10
/** Calls that are listed. */
const LISTED = 50
/** Rows of a table. */
const ROWS = 200

export class LiveView {
  readonly #stack: SipStack
  readonly #send: (data: object) => void
  readonly #followed: TraceFollower | undefined
  readonly #timer: NodeJS.Timeout
  #wish: Wish = {}
  #looks = 0
  #callsAreOld = true
  #ladderIsOld = false
  #isTableOnItsWay = false

  constructor(stack: SipStack, send: (data: object) => void) {
    this.#stack = stack
    this.#send = send
    this.#followed = stack.trace?.follow()
    this.#timer = setInterval(() => this.#look(), LOOK)
  }

  want(wish: Wish): void {
    const isOtherTopic = wish.topic !== this.#wish.topic
    this.#wish = wish
    this.#ladderIsOld = true
    this.#drawLadder()
    if (isOtherTopic) this.#tellTable()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    for (const entry of this.#followed?.read() ?? []) {
      this.#callsAreOld = true
      if (entry.kind === 'event' || entry.callId === this.#wish.callId) this.#ladderIsOld = true
    }
    this.#drawLadder()
    this.#looks++
    if (this.#callsAreOld && this.#looks % CALLS_EVERY === 1) {
      this.#callsAreOld = false
      this.#send({ calls: this.#stack.trace?.calls(LISTED) ?? [] })
    }
    if (this.#looks % TABLE_EVERY === 0) this.#tellTable()
  }

  #drawLadder(): void {
    const { callId } = this.#wish
    if (!this.#ladderIsOld || callId === undefined) return
    this.#ladderIsOld = false
    this.#send({ ladder: { callId, ...this.#stack.trace?.steps(callId) } })
  }

  /** One question at a time: a stack that is slow to answer is not asked more. */
  #tellTable(): void {
    const { topic } = this.#wish
    if (topic === undefined || this.#isTableOnItsWay) return
    this.#isTableOnItsWay = true
    const tell = (rows: unknown): void => {
      this.#isTableOnItsWay = false
      if (topic === this.#wish.topic) this.#send({ table: { topic, rows } })
    }
    topicRows(this.#stack, topic, ROWS).then(tell, () => tell([]))
  }
}
