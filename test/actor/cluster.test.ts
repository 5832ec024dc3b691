import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { expect } from 'chai'
import {
  type ActorRef,
  type AnyRef,
  type Behavior,
  Cluster,
  type ClusterOptions,
  type CrashReport,
  type ExitReason,
  incarnationOf,
  Kernel,
  type NodeUp,
  named,
  normal,
  showReason,
} from '../../apps/actor/actor.js'
import type { Ending, Fact, Puppet } from './worker.js'

const module = new URL('./worker.js', import.meta.url).href

interface Death {
  readonly node: NodeUp
  readonly reason: ExitReason
}

/** A cluster under test and what it has reported. */
class Rig {
  readonly kernel: Kernel = new Kernel()
  readonly ups: NodeUp[] = []
  readonly deaths: Death[] = []
  readonly crashes: CrashReport[] = []
  readonly failures: ExitReason[] = []
  #cluster: Cluster | undefined

  async start(options: Partial<ClusterOptions> = {}): Promise<this> {
    this.#cluster = await Cluster.start(this.kernel, {
      threads: 2,
      module,
      silence: 600,
      intensity: 100,
      up: node => this.ups.push(node),
      down: (node, reason) => this.deaths.push({ node, reason }),
      crashed: report => this.crashes.push(report),
      failed: reason => this.failures.push(reason),
      ...options,
    })
    return this
  }

  get cluster(): Cluster {
    if (this.#cluster === undefined) throw new Error('not started')
    return this.#cluster
  }

  puppet(slot: number, name = 'puppet'): ActorRef<Puppet> {
    const node = this.cluster.nodes().find(each => each.slot === slot)
    const ref = node && named<Puppet>(node.names, name)
    if (ref === undefined) throw new Error(`slot ${slot} is not up`)
    return ref
  }

  /** An actor here that keeps what it is told. */
  listener(): { ref: ActorRef<Fact>; facts: Fact[] } {
    const facts: Fact[] = []
    const listener: Behavior<Fact> = { label: 'listener', init: () => fact => void facts.push(fact) }
    return { ref: this.kernel.spawn(listener, undefined), facts }
  }

  stop(ref: AnyRef): void {
    this.kernel.exit(ref, { kind: 'killed' })
  }
}

async function until(condition: () => boolean, within = 30_000): Promise<void> {
  for (const start = performance.now(); !condition(); await delay(1)) {
    if (performance.now() - start > within) throw new Error(`it did not happen within ${within} ms: ${condition}`)
  }
}

/** Dies with its target and says so; also watches it. */
const linker: Behavior<Fact, { target: AnyRef; tell: ActorRef<Fact> }> = {
  label: 'linker',
  init({ target, tell }, self) {
    self.link(target)
    self.defer(({ kind }) => self.send(tell, { kind: 'fact', text: `here ${kind}`, at: 0 }))
    return () => undefined
  },
}

const nodeIsDown = { kind: 'down', reason: { kind: 'nodedown' } }

/** Every thread of this process since the tests began, and those that have said that they can run a node. */
const workers: Worker[] = []
const ready = new Set<Worker>()
const seen = (worker: Worker): void => {
  workers.push(worker)
  worker.once('message', () => ready.add(worker))
}
const living = (): Worker[] => workers.filter(({ threadId }) => threadId >= 0)
before(() => void process.on('worker', seen))
after(() => void process.off('worker', seen))

/** A file for piscina to start threads with. */
const folder = mkdtempSync(join(tmpdir(), 'entry-'))
after(() => rmSync(folder, { recursive: true }))
let entries = 0
function entry(code: string): string {
  const file = join(folder, `entry${entries++}.cjs`)
  writeFileSync(file, code)
  return pathToFileURL(file).href
}

describe('cluster', () => {
  const rig = new Rig()
  before(() => rig.start({ heap: 40 }))
  after(async () => {
    await rig.cluster.close()
    expect(Object.values(rig.kernel.census()), 'the census of the main thread').to.deep.equal([0, 0, 0, 0, 0, 0, 0])
  })

  it('runs nodes with incarnations of their own that know each other', async () => {
    expect(rig.ups.map(({ slot }) => slot).sort()).to.deep.equal([0, 1])
    expect(new Set(rig.ups.map(({ incarnation }) => incarnation))).to.have.lengthOf(2)
    for (const { names, incarnation } of rig.ups) {
      expect(Object.values(names).map(incarnationOf)).to.deep.equal([incarnation, incarnation])
    }
    await others(0, 1)
  })

  /** Waits until the node of one slot knows that the other is up; that does not come the same way as messages do. */
  async function others(slot: number, other: number): Promise<void> {
    for (const start = performance.now(); performance.now() - start < 30_000; await delay(1)) {
      const answer = await rig.kernel.ask(rig.puppet(slot), { kind: 'others' }, 30_000)
      if (answer.kind === 'answered' && answer.value.join() === String(other)) return
    }
    throw new Error(`slot ${slot} does not know of slot ${other}`)
  }

  it('asks across threads: answered, timeout, down', async () => {
    const { kernel } = rig
    expect(await kernel.ask(rig.puppet(0), { kind: 'echo', text: 'hi' }, 30_000)).to.deep.equal({
      kind: 'answered',
      value: 'hi',
    })
    expect(await kernel.ask(rig.puppet(0), { kind: 'silent' }, 20)).to.deep.equal({ kind: 'timeout' })
    const gone = (rig.puppet(0) + 1000) as ActorRef<Puppet>
    expect(await kernel.ask(gone, { kind: 'silent' }, 30_000)).to.deep.equal({
      kind: 'down',
      reason: { kind: 'noproc' },
    })
    const never = (rig.puppet(0) + 2 ** 52) as ActorRef<Puppet>
    expect(await kernel.ask(never, { kind: 'silent' }, 30_000)).to.deep.equal({
      kind: 'down',
      reason: { kind: 'nodedown' },
    })
  })

  it('keeps the order of one sender to one receiver, from worker to main and from main to worker', async () => {
    const { ref, facts } = rig.listener()
    rig.kernel.send(rig.puppet(0), { kind: 'relay', to: ref, count: 2000 })
    await until(() => facts.length === 2000)
    expect(facts.map(({ at }) => at)).to.deep.equal(Array.from({ length: 2000 }, (_, at) => at))
    rig.stop(ref)
  })

  it('shows what a node has not handled yet as backlog, which goes back to 0', async () => {
    const { incarnation } = rig.ups.find(({ slot }) => slot === 0) ?? { incarnation: -1 }
    for (let i = 0; i < 1000; i++) rig.kernel.send(rig.puppet(0), { kind: 'note', text: 'x' })
    expect(rig.cluster.mesh.backlog(incarnation)).to.be.at.least(1000)
    await until(() => rig.cluster.mesh.backlog(incarnation) === 0)
    const count = await rig.kernel.ask(rig.puppet(0), { kind: 'count' }, 30_000)
    expect(count).to.deep.equal({ kind: 'answered', value: 1000 })
  })

  it('takes the census of every node', async () => {
    const census = await rig.cluster.census()
    expect(census.map(({ slot, actors }) => [slot, actors])).to.deep.equal([
      [0, 2],
      [1, 2],
    ])
  })

  it('reports crashes of actors on other threads, which go on', async () => {
    const before = rig.cluster.nodes()
    rig.kernel.send(rig.puppet(0, 'second'), { kind: 'end', how: 'crash' })
    await until(() => rig.crashes.length === 1)
    expect(rig.crashes[0]?.label).to.equal('puppet')
    expect(rig.crashes.map(({ reason }) => showReason(reason))).to.deep.equal(['Error: let it crash'])
    expect(rig.cluster.nodes()).to.deep.equal(before)
  })

  it('drops a message that cannot be cloned, reports it, and delivers the rest of its batch', async () => {
    const { ref, facts } = rig.listener()
    const crashes = rig.crashes.length
    rig.kernel.send(rig.puppet(0), { kind: 'function', to: ref })
    await until(() => facts.length === 1 && rig.crashes.length > crashes)
    expect(facts.map(({ text }) => text)).to.deep.equal(['after'])
    expect(rig.crashes.at(-1)).to.include({ ref, label: 'undeliverable' })
    rig.stop(ref)
  })

  /** Ms from each death, as seen here, until all were back. */
  const absences: number[] = []

  /** Ends the thread of slot 0 while it is asked, linked and watched from here, and watched from the other thread. */
  async function dies(end: () => Promise<unknown>): Promise<ExitReason | undefined> {
    const victim = rig.puppet(0)
    const { ref, facts } = rig.listener()
    const linked = rig.kernel.spawn(linker, { target: victim, tell: ref })
    rig.kernel.send(rig.puppet(1), { kind: 'watch', target: victim, tell: ref })
    // Answers come when the watches are in place.
    for (const slot of [1, 0]) await rig.kernel.ask(rig.puppet(slot), { kind: 'count' }, 30_000)
    const deaths = rig.deaths.length
    const asked = rig.kernel.ask(victim, { kind: 'silent' }, 60_000)
    await end()
    expect(await asked).to.deep.equal(nodeIsDown)
    const diedAt = performance.now()
    await until(() => rig.deaths.length > deaths && rig.cluster.nodes().length === 2)
    absences.push(performance.now() - diedAt)
    await until(() => facts.length >= 2 && !rig.kernel.isAlive(linked))
    expect(facts.map(({ text }) => text).sort()).to.deep.equal(['here nodedown', 'nodedown'])
    expect(rig.puppet(0)).not.to.equal(victim)
    expect(await rig.kernel.ask(victim, { kind: 'count' }, 30_000), 'a stale ref').to.deep.equal(nodeIsDown)
    await others(1, 0)
    rig.stop(ref)
    return rig.deaths[deaths]?.reason
  }

  const order = (how: Ending) => async () => rig.kernel.send(rig.puppet(0), { kind: 'end', how })
  const rows: [title: string, end: () => Promise<unknown>, reason: string][] = [
    ['a stray throw in a callback', order('throw'), 'Error: stray'],
    ['an unhandled rejection', order('reject'), 'Error: unhandled'],
    ['process.exit(7)', order('exit'), 'Error: worker exited with code: 7'],
    [
      'running out of memory',
      order('heap'),
      'Error: Worker terminated due to reaching memory limit: JS heap out of memory',
    ],
    ['abort', async () => rig.cluster.kill(0), 'killed'],
    ['worker.terminate()', terminate, 'Error: worker exited with code: 1'],
    ['an endless loop, by its silent heart', order('spin'), 'TimeoutError: the thread is wedged'],
  ]

  for (const [title, end, reason] of rows) {
    it(`survives ${title}: nodedown here and there, back under a new incarnation`, async () => {
      // The thread that waits to replace another was used by the row before.
      await until(() => living().length === 3 && living().every(worker => ready.has(worker)))
      expect(showReason((await dies(end)) ?? normal)).to.equal(reason)
    })
  }

  it('was back within 200 ms each time, but for what a busy machine took', () => {
    expect(absences).to.have.lengthOf(rows.length)
    expect(absences.sort((a, b) => a - b)[Math.floor(rows.length / 2)]).to.be.below(200)
  })

  it('draws the tree of every node', async () => {
    const trees = await rig.cluster.trees()
    expect(trees.map(({ slot, tree }) => [slot, tree.replaceAll(/<.*>/g, '<>')])).to.deep.equal([
      [0, 'puppet <>\npuppet <>'],
      [1, 'puppet <>\npuppet <>'],
    ])
  })

  /** Ends the thread of slot 0 behind the back of its cluster. */
  async function terminate(): Promise<number | undefined> {
    const thread = await rig.kernel.ask(rig.puppet(0), { kind: 'thread' }, 30_000)
    const id = thread.kind === 'answered' ? thread.value : undefined
    return workers.find(worker => worker.threadId === id)?.terminate()
  }
})

describe('cluster, starting and stopping', () => {
  /** Why a cluster with these options does not start; by then nothing of it may be left. */
  async function refusal(options: Partial<ClusterOptions>): Promise<string> {
    const rig = new Rig()
    const failure = await rig.start(options).then(
      () => 'it started',
      (error: unknown) => String(error),
    )
    expect(rig.kernel.abroad).to.equal(undefined)
    expect(rig.ups.length - rig.deaths.length).to.equal(0)
    await until(() => living().length === 0)
    return failure
  }

  it('does not start when start() of the module throws', async () => {
    expect(await refusal({ arg: 'throw' })).to.equal('Error: the threads did not start: Error: no config')
  })

  it('does not start when start() of the module does not return in time', async () => {
    expect(await refusal({ arg: 'hang', upWithin: 600 })).to.contain('did not come up, or end, in time')
  })

  it('starts though the machine stands still for longer than a thread may take', async () => {
    const rig = new Rig()
    const started = rig.start({ upWithin: 1500 })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000)
    await started
    await rig.cluster.close()
  })

  it('does not start when the module is missing, or exports no start()', async () => {
    expect(await refusal({ module: new URL('./nowhere.js', import.meta.url).href })).to.contain('Cannot find module')
    expect(await refusal({ module: 'node:os' })).to.contain('does not export start(context)')
  })

  it('does not start, and does not hang, when the entry fails to load, which latches piscina', async () => {
    expect(await refusal({ entry: entry('throw new Error("broken entry")') })).to.contain('broken entry')
  })

  it('does not start when the task returns or rejects at once', async () => {
    expect(await refusal({ entry: entry('module.exports = () => undefined') })).to.contain('normal')
    expect(await refusal({ entry: entry('module.exports = async () => { throw new Error("no") }') })).to.contain('no')
  })

  it('gives up after too many restarts, each in a thread of its own', async () => {
    const rig = await new Rig().start({ arg: 'once', threads: 2, intensity: 3 })
    rig.cluster.kill(0)
    await until(() => rig.failures.length === 1)
    expect(rig.failures.map(showReason)).to.deep.equal(['Error: only once'])
    expect(rig.cluster.nodes()).to.deep.equal([])
    expect(rig.kernel.nextIncarnation(), 'three restarts were tried').to.equal(6)
    await until(() => living().length === 0)
  })

  /** Ms that the end takes. */
  async function goodEnd(): Promise<number> {
    const rig = await new Rig().start({ threads: 1, drain: 50 })
    const { ref, facts } = rig.listener()
    rig.kernel.send(rig.puppet(0), { kind: 'will', tell: ref })
    rig.kernel.send(rig.puppet(0, 'second'), { kind: 'stay' })
    await rig.kernel.ask(rig.puppet(0, 'second'), { kind: 'count' }, 30_000)
    const started = performance.now()
    await rig.cluster.close()
    const took = performance.now() - started
    await until(() => facts.length === 1)
    expect(facts.map(({ text }) => text)).to.deep.equal(['bye'])
    expect(rig.deaths.map(({ reason }) => reason)).to.deep.equal([normal])
    rig.stop(ref)
    await until(() => Object.values(rig.kernel.census()).every(figure => figure === 0))
    return took
  }

  it('ends in good order: actors say good-bye, those that do not end are ended, threads are gone', async () => {
    let took = await goodEnd()
    // The quickest of three: the machine may stand still now and then.
    for (let tries = 1; tries < 3 && took > 450; tries++) took = await goodEnd()
    expect(took).to.be.within(45, 450)
  })
})
