/**
 * The measured server as a caller. It keeps a window of calls going on, each ended as soon as it is answered; or, with
 * `steps`, places as many as each step says when it is asked for the `next`, at `rate` calls per second if there is one.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type CallOutcome, SipStack } from '../../apps/sip/sip.js'
import { collectedMemory } from './memory.js'
import { description } from './messages.js'
import { answerParent, field, report } from './process.js'

const orders: unknown = JSON.parse(process.argv[2] ?? '{}')
const number = (name: string, fallback: number): number => Number(field(orders, name) ?? fallback)
const steps: unknown = field(orders, 'steps')
const waiting: number[] = Array.isArray(steps) ? steps.map(Number) : []
/** Calls are held, until the end. */
const holds = field(orders, 'holds') === true
const rate = number('rate', 0)
const counts = { done: 0, failed: 0 }
/** How the calls failed that did, and how many in that way. */
const reasons = new Map<string, number>()
let port = number('port', 0)
let stopping = false

const stack = await SipStack.start({
  listen: ['udp:127.0.0.1:0'],
  threads: number('threads', 0),
  timers: { T1: number('T1', 500) },
})
await stack.load(new URL('../../apps/uas/uas.js', import.meta.url))

async function call(): Promise<void> {
  const outcome = await stack.invite(`sip:callee@127.0.0.1:${port}`, { body: description }).outcome
  if (outcome.kind !== 'answered') return failed('INVITE', outcome)
  const end = holds ? outcome : await outcome.dialog.bye()
  if (end.kind !== 'answered') return failed('BYE', end)
  counts.done++
}

function failed(method: string, outcome: CallOutcome): void {
  counts.failed++
  const response = 'response' in outcome ? outcome.response : undefined
  const how = `${method} ${response?.status ?? outcome.kind}`
  reasons.set(how, (reasons.get(how) ?? 0) + 1)
}

async function callOnAndOn(): Promise<void> {
  while (!stopping) await call()
}

/** As many at once as the window says, one after the other. */
async function place(many: number): Promise<void> {
  let left = many
  const window = Array.from({ length: number('window', 32) }, async () => {
    while (left-- > 0) await call()
  })
  await Promise.all(window)
}

/** In bursts of 20 ms, whatever becomes of them meanwhile. */
async function placeInTime(many: number): Promise<void> {
  const began = performance.now()
  const calls: Promise<void>[] = []
  while (calls.length < many) {
    const due = Math.min(many, ((performance.now() - began) * rate) / 1000)
    while (calls.length < due) calls.push(call())
    await sleep(20)
  }
  await Promise.all(calls)
}

const all = steps === undefined ? Array.from({ length: number('window', 32) }, callOnAndOn) : []
answerParent({
  memory: collectedMemory,
  heap: async () => {
    await collectedMemory()
    return process.memoryUsage().heapUsed
  },
  census: () => stack.census(),
  reasons: () => [...reasons].map(([how, many]) => `${many} × ${how}`).join(', '),
  next: async () => {
    const many = waiting.shift() ?? 0
    await (rate > 0 ? placeInTime(many) : place(many))
    return counts
  },
  stop: async () => {
    stopping = true
    await Promise.all(all)
    return counts
  },
})
// Two that call each other know the other's port when both are there.
process.on('message', message => {
  port = Number(field(message, 'port') ?? port)
})
report('ready', Number(stack.listening[0]?.split(':').at(-1)))
