/**
 * The actor kernel's micro-benchmarks, run by the bench in a process of their own: what a message and its delivery cost
 * on one thread, and what an actor weighs. Each figure is the median of several runs after one that only warms up.
 */
import { type ActorRef, type Behavior, Kernel } from '../../apps/actor/actor.js'
import { collectedMemory } from './memory.js'
import { report } from './process.js'

type Ball = { readonly kind: 'ball'; readonly from: ActorRef<Ball> }

const runs = 9
const messages = 1_000_000
const inFlight = 64
const actors = 100_000

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
function weight(): Promise<number> {
  const kernel = new Kernel()
  const before = collectedMemory()
  for (let i = 0; i < actors; i++) kernel.spawn(counter, undefined)
  const bytes = (collectedMemory() - before) / actors
  kernel.close()
  return Promise.resolve(bytes)
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
process.disconnect()
