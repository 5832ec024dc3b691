import { expect } from 'chai'
import {
  type ActorRef,
  type AnyRef,
  type ChildSpec,
  type ChildState,
  killed,
  type Started,
  type SupervisorMsg,
  type SupervisorSpec,
  shutdown,
  supervisor,
} from '../../apps/actor/actor.js'
import { Stage, type Word, word } from './stage.js'

describe('supervisor', () => {
  let stage: Stage
  /** The latest incarnation of each child. */
  let refs: Map<string, ActorRef<Word>>
  /** Ids whose next starts fail, how often. */
  let failing: Map<string, number>
  let boss: ActorRef<SupervisorMsg>
  beforeEach(() => {
    stage = new Stage()
    refs = new Map()
    failing = new Map()
  })
  afterEach(() => stage.close())

  /** A child that logs its start and end; told `stay` it ignores exit orders, `bye` it ends normally, else it crashes. */
  function child(id: string, options: Partial<ChildSpec> = {}): ChildSpec {
    return {
      id,
      restart: 'permanent',
      shutdown: 1000,
      start(self) {
        const failures = failing.get(id) ?? 0
        failing.set(id, failures - 1)
        if (failures > 0) throw new Error(`${id} cannot start`)
        const ref = self.spawn<Word>(
          {
            label: id,
            init(_, own) {
              stage.log.push(`+${id}`)
              own.defer(({ kind }) => stage.log.push(`-${id} ${kind}`))
              return ({ text }) => {
                if (text === 'bye') return own.stop()
                if (text === 'stay') return own.trapExit(() => word('ignored'))
                if (text !== 'ignored') throw new Error('crash')
              }
            },
          },
          undefined,
        )
        refs.set(id, ref)
        return ref
      },
      ...options,
    }
  }

  function supervise(spec: Partial<SupervisorSpec>, ids: readonly (string | ChildSpec)[] = ['a', 'b', 'c']): void {
    const children = ids.map(id => (typeof id === 'string' ? child(id) : id))
    boss = stage.kernel.spawn(supervisor, {
      ...{ label: 'boss', strategy: 'one_for_one', intensity: 3, period: 5000, children },
      ...spec,
    })
    stage.log.length = 0
  }

  function tell(id: string, text: string): void {
    const ref = refs.get(id)
    if (ref !== undefined) stage.kernel.send(ref, word(text))
    stage.settle()
  }

  /** What happened since the last look. */
  const log = (): string => stage.log.splice(0).join(', ')

  async function ask<Reply>(question: Promise<{ kind: string; value?: Reply }>): Promise<Reply | undefined> {
    stage.settle()
    return (await question).value
  }

  const children = async (): Promise<string[]> =>
    ((await ask<readonly ChildState[]>(stage.kernel.ask(boss, { kind: 'children' }, 1000))) ?? []).map(
      ({ id, ref }) => `${id} ${ref !== undefined && stage.kernel.isAlive(ref)}`,
    )

  it('starts its children in order, under its label', () => {
    boss = stage.kernel.spawn(supervisor, {
      ...{ label: 'boss', strategy: 'one_for_one', intensity: 1, period: 1, children: ['a', 'b'].map(id => child(id)) },
    })
    expect(log()).to.equal('+a, +b')
    expect([...stage.kernel.actors()].map(({ label, parent }) => [label, parent])).to.deep.equal([
      ['boss', undefined],
      ['a', boss],
      ['b', boss],
    ])
  })

  it('does not start when a child cannot, and ends those that had', () => {
    failing.set('b', 1)
    expect(() => supervise({}, ['a', 'b', 'c'])).to.throw('b cannot start')
    stage.settle()
    expect(log()).to.equal('+a, -a killed')
    expect(stage.kernel.census()).to.include({ actors: 0 })
  })

  it('one_for_one restarts the one that failed', () => {
    supervise({ strategy: 'one_for_one' })
    tell('b', 'crash')
    expect(log()).to.equal('-b error, +b')
  })

  it('one_for_all ends the others in reverse order, then starts all in order', () => {
    supervise({ strategy: 'one_for_all' })
    tell('b', 'crash')
    expect(log()).to.equal('-b error, -c shutdown, -a shutdown, +a, +b, +c')
  })

  it('rest_for_one ends and restarts those started later', () => {
    supervise({ strategy: 'rest_for_one' })
    tell('b', 'crash')
    expect(log()).to.equal('-b error, -c shutdown, +b, +c')
  })

  it('simple_one_for_one has children on demand, of one id if need be, and restarts each alone', async () => {
    supervise({ strategy: 'simple_one_for_one' }, [])
    for (let i = 0; i < 2; i++) stage.kernel.send(boss, { kind: 'start', child: child('call') })
    stage.settle()
    expect(log()).to.equal('+call, +call')
    tell('call', 'crash')
    expect(log()).to.equal('-call error, +call')
    expect(await children()).to.deep.equal(['call true', 'call true'])
  })

  for (const [restart, onBye, onCrash] of [
    ['permanent', '-x normal, +x', '-x error, +x'],
    ['transient', '-x normal', '-x error, +x'],
    ['temporary', '-x normal', '-x error'],
  ] as const) {
    it(`${restart}: after a normal end ${onBye}, after a crash ${onCrash}`, async () => {
      supervise({}, [child('x', { restart })])
      tell('x', 'bye')
      expect(log()).to.equal(onBye)
      supervise({}, [child('x', { restart })])
      tell('x', 'crash')
      expect(log()).to.equal(onCrash)
      expect(await children()).to.deep.equal(restart === 'temporary' ? [] : ['x true'])
    })
  }

  it('forgets temporary children that it ends for the sake of others', async () => {
    supervise({ strategy: 'one_for_all' }, ['a', child('t', { restart: 'temporary' })])
    tell('a', 'crash')
    expect(log()).to.equal('-a error, -t shutdown, +a')
    expect(await children()).to.deep.equal(['a true'])
  })

  it('gives up after more restarts than its intensity, in reverse order, itself with shutdown', () => {
    supervise({ intensity: 2 })
    stage.listener(self => void self.monitor(boss, ({ kind }) => word(`boss ${kind}`)))
    for (let i = 0; i < 2; i++) tell('a', 'crash')
    expect(log()).to.equal('-a error, +a, -a error, +a')
    tell('a', 'crash')
    expect(log()).to.equal('-a error, -c shutdown, -b shutdown, boss shutdown')
  })

  it('forgets restarts that are older than its period', () => {
    supervise({ intensity: 1, period: 5000 })
    for (let i = 0; i < 4; i++) {
      tell('a', 'crash')
      stage.clock.advance(5000)
    }
    expect(stage.kernel.isAlive(boss)).to.equal(true)
    expect(log()).to.equal(Array(4).fill('-a error, +a').join(', '))
  })

  it('ends its children in reverse order when told to, each with its deadline, and kills the one that stays', () => {
    supervise({})
    tell('b', 'stay')
    stage.end(boss)
    expect(log()).to.equal('-c shutdown')
    stage.clock.advance(999)
    expect(log()).to.equal('')
    stage.clock.advance(1)
    expect(log()).to.equal('-b killed, -a shutdown')
    expect(stage.kernel.isAlive(boss)).to.equal(false)
  })

  it('kills brutally, and waits to infinity, as the child says', () => {
    supervise({}, [child('brutal', { shutdown: 'brutal' }), child('slow', { shutdown: 'infinity' })])
    tell('slow', 'stay')
    stage.end(boss)
    stage.clock.advance(1e9)
    expect(log()).to.equal('')
    tell('slow', 'bye')
    expect(log()).to.equal('-slow normal, -brutal killed')
  })

  it('of simple_one_for_one ends all children at once', () => {
    supervise({ strategy: 'simple_one_for_one' }, ['a', 'b', 'c'])
    tell('c', 'stay')
    stage.end(boss)
    expect(log()).to.equal('-a shutdown, -b shutdown')
    stage.clock.advance(1000)
    expect(log()).to.equal('-c killed')
    expect(stage.kernel.isAlive(boss)).to.equal(false)
  })

  it('that is killed takes its children along', () => {
    supervise({})
    stage.end(boss, killed)
    expect(log()).to.equal('-c killed, -b killed, -a killed')
  })

  it('tries again through its own mailbox when a restart fails, and counts each try', () => {
    supervise({ intensity: 3 })
    failing.set('a', 2)
    tell('a', 'crash')
    expect(log()).to.equal('-a error, +a')
    failing.set('a', 9)
    tell('a', 'crash')
    expect(log()).to.equal('-a error, -c shutdown, -b shutdown')
    expect(stage.kernel.isAlive(boss)).to.equal(false)
  })

  it('sees an exit order before the next try', () => {
    supervise({ intensity: 1000 })
    failing.set('a', 10_000)
    const ref = refs.get('a')
    if (ref !== undefined) stage.kernel.send(ref, word('crash'))
    stage.kernel.send(boss, { kind: 'stopChild', id: 'b' })
    stage.kernel.exit(boss, shutdown)
    stage.settle()
    expect(log()).to.equal('-a error, -b shutdown, -c shutdown')
    expect(failing.get('a'), 'far from all tries used').to.be.above(9990)
  })

  it('starts children on demand and says how that went', async () => {
    supervise({}, ['a'])
    failing.set('bad', 1)
    const start = (id: string): Promise<Started | undefined> =>
      ask<Started>(stage.kernel.ask(boss, { kind: 'start', child: child(id) }, 1000))
    expect(await start('b')).to.deep.equal({ kind: 'started', ref: refs.get('b') })
    expect(await start('bad')).to.have.nested.property('reason.message', 'bad cannot start')
    expect(await start('a')).to.have.nested.property('reason.message', 'the supervisor boss has a child a already')
    expect(await children()).to.deep.equal(['a true', 'b true'])
  })

  it('stops a child on demand, for good, and answers when it is gone', async () => {
    supervise({ intensity: 0 })
    tell('b', 'stay')
    let answered = false
    const stopped = stage.kernel.ask(boss, { kind: 'stopChild', id: 'b' }, 5000)
    void stopped.then(() => {
      answered = true
    })
    stage.clock.advance(900)
    await Promise.resolve()
    expect(answered).to.equal(false)
    stage.clock.advance(100)
    expect(await stopped).to.deep.equal({ kind: 'answered', value: 'stopped' })
    expect(log()).to.equal('-b killed')
    expect(await children()).to.deep.equal(['a true', 'c true'])
    expect(await ask(stage.kernel.ask(boss, { kind: 'stopChild', id: 'nobody' }, 1000))).to.equal('stopped')
  })

  it('starts nothing more once it is ending', async () => {
    supervise({}, ['a'])
    tell('a', 'stay')
    stage.end(boss)
    const started = await ask<Started>(stage.kernel.ask(boss, { kind: 'start', child: child('late') }, 500))
    expect(started).to.deep.equal({ kind: 'failed', reason: shutdown })
  })

  it('handles a second failure while it is ending others', () => {
    supervise({ strategy: 'rest_for_one' }, ['a', 'b', 'c'])
    tell('c', 'stay')
    tell('b', 'crash')
    tell('a', 'crash')
    expect(log()).to.equal('-b error, -a error')
    stage.clock.advance(1000)
    expect(log()).to.equal('-c killed, +a, +b, +c')
  })

  it('restarts a supervisor under it like any child, with all below', () => {
    const below: ChildSpec = {
      ...child('below'),
      start: (self): AnyRef =>
        self.spawn(supervisor, {
          ...{ label: 'below', strategy: 'one_for_one', intensity: 0, period: 1, children: [child('leaf')] },
        }),
    }
    supervise({}, ['a', below])
    tell('leaf', 'crash')
    expect(log()).to.equal('-leaf error, +leaf')
    expect([...stage.kernel.actors()].map(({ label }) => label)).to.deep.equal(['boss', 'a', 'below', 'leaf'])
  })
})
