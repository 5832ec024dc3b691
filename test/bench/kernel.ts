/**
 * The actor kernel's micro-benchmarks, run by the bench in a process of their own: what a message and its delivery cost
 * on one thread and across two, and what an actor weighs. Each figure is the median of several runs after one that only
 * warms up.
 */
import { type ActorRef, type Behavior, Cluster, Kernel, named } from '../../apps/actor/actor.js'
import { collectedMemory } from './memory.js'
import { report } from './process.js'
import { type Credit, type Parcel, share } from './stream.js'

type Ball = { readonly kind: 'ball'; readonly from: ActorRef<Ball> }

const runs = 9
const messages = 1_000_000
const inFlight = 64
const actors = 100_000
const parcels = 800 * share
const text = 'x'.repeat(450)

/** Answers every ball with its own one until its share is played. */
const player: Behavior<Ball, () => void> = {
  label: 'player',
  init(done, self) {
    const own: Ball = { kind: 'ball', from: self.ref }
    let left = messages / 2
    return ball => {
      left--
      if (left > 0) self.send(ball.from, own)
      else if (left === 0) done()
    }
  },
}

/** The lightest actor that keeps anything: one number. */
const counter: Behavior<Ball> = {
  label: 'counter',
  init(_arg, self) {
    let count = 0
    return () => {
      if (++count === messages) self.stop()
    }
  },
}

/** µs per message sent and delivered, two actors playing with 64 balls. */
function sendAndDeliver(): Promise<number> {
  const kernel = new Kernel()
  return new Promise(resolve => {
    const started = performance.now()
    const finished = (): void => {
      const time = performance.now() - started
      kernel.close()
      resolve((time * 1000) / messages)
    }
    const one = kernel.spawn(player, finished)
    const other = kernel.spawn(player, finished)
    for (let i = 0; i < inFlight; i++) kernel.send(one, { kind: 'ball', from: other })
  })
}

/** Bytes per idle actor. */
async function weight(): Promise<number> {
  const kernel = new Kernel()
  const before = await collectedMemory()
  for (let i = 0; i < actors; i++) kernel.spawn(counter, undefined)
  const bytes = ((await collectedMemory()) - before) / actors
  kernel.close()
  return bytes
}

/** Sends parcels to another thread as credit comes back, at most four shares ahead of it. */
const sender: Behavior<Credit, { readonly to: ActorRef<Parcel>; readonly done: () => void }> = {
  label: 'sender',
  init({ to, done }, self) {
    let unsent = parcels / share
    let unanswered = unsent
    const sendShare = (): void => {
      unsent--
      for (let i = 0; i < share; i++) self.send(to, { kind: 'parcel', text, from: self.ref })
    }
    for (let ahead = 0; ahead < 4; ahead++) sendShare()
    return () => {
      if (unsent > 0) sendShare()
      if (--unanswered > 0) return
      done()
      self.stop()
    }
  },
}

/** µs from the first parcel to the last credit, per parcel. */
function acrossThreads(kernel: Kernel, to: ActorRef<Parcel>): Promise<number> {
  const started = performance.now()
  return new Promise(resolve => {
    kernel.spawn(sender, { to, done: () => resolve(((performance.now() - started) * 1000) / parcels) })
  })
}

async function median(measure: () => Promise<number>): Promise<number> {
  const results: number[] = []
  for (let run = 0; run <= runs; run++) {
    const result = await measure()
    if (run > 0) results.push(result)
  }
  return results.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? 0
}

report('send and deliver', { cost: await median(sendAndDeliver), unit: 'µs', budget: 0.2, runs })
report('an actor', { cost: await median(weight), unit: 'B', budget: 400, runs })

const kernel = new Kernel()
const cluster = await Cluster.start(kernel, { threads: 1, module: new URL('./stream.js', import.meta.url).href })
const receiver = named<Parcel>(cluster.nodes()[0]?.names ?? {}, 'receiver')
if (receiver === undefined) throw new TypeError('stream.ts names no receiver')
report('across threads, batched', {
  cost: await median(() => acrossThreads(kernel, receiver)),
  unit: 'µs',
  budget: 1,
  runs,
})
await cluster.close()
process.disconnect()
