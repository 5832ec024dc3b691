/** The measured server as a caller: a window of calls, each ended as soon as it is answered, and begun anew. */
import { SipStack } from '../../apps/sip/sip.js'
import { collectedMemory } from './memory.js'
import { description } from './messages.js'
import { answerParent, field, report } from './process.js'

const orders: unknown = JSON.parse(process.argv[2] ?? '{}')
const uri = `sip:callee@127.0.0.1:${Number(field(orders, 'port'))}`
const window = Math.min(Number(field(orders, 'window')), 4096)
const limit = Number(field(orders, 'limit') ?? Number.POSITIVE_INFINITY)
/** They are held, until the end. */
const holds = field(orders, 'holds') === true

const stack = await SipStack.start({
  listen: ['udp:127.0.0.1:0'],
  threads: Number(field(orders, 'threads') ?? 0),
  timers: { T1: Number(field(orders, 'T1') ?? 500) },
})
const counts = { started: 0, done: 0, failed: 0 }
let stopping = false

async function callOnAndOn(): Promise<void> {
  while (!stopping && counts.started < limit) {
    counts.started++
    const outcome = await stack.invite(uri, { body: description }).outcome
    const isAnswered = outcome.kind === 'answered'
    const isGood = isAnswered && (holds || (await outcome.dialog.bye()).kind === 'answered')
    if (isGood) counts.done++
    else counts.failed++
  }
}

const all = Promise.all(Array.from({ length: window }, callOnAndOn))
answerParent({
  memory: collectedMemory,
  census: () => stack.census(),
  counts: () => counts,
  finish: async () => {
    await all
    return counts
  },
  stop: async () => {
    stopping = true
    await all
    return counts
  },
})
report('ready', 0)
