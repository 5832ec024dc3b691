import { expect } from 'chai'
import { type ActorRef, type AskResult, Kernel, type Message } from '../../apps/actor/actor.js'
import { Stage, type Word, word } from './stage.js'

type Desk =
  | { readonly kind: 'add'; readonly a: number; readonly b: number; readonly replyTo: ActorRef<number> }
  | { readonly kind: 'never'; readonly replyTo: ActorRef<number> }
  | { readonly kind: 'late'; readonly replyTo: ActorRef<number> }
  | { readonly kind: 'twice'; readonly replyTo: ActorRef<number> }
  | { readonly kind: 'end' }
  | { readonly kind: 'now'; readonly replyTo: ActorRef<number> }

describe('ask', () => {
  let stage: Stage
  let desk: ActorRef<Desk>
  beforeEach(() => {
    stage = new Stage()
    desk = stage.spawn<Desk>(self => message => {
      switch (message.kind) {
        case 'add':
          return self.send(message.replyTo, message.a + message.b)
        case 'twice':
          self.send(message.replyTo, 1)
          return self.send(message.replyTo, 2)
        case 'late':
          return self.startTimer('late', 200, { kind: 'now', replyTo: message.replyTo })
        case 'now':
          return self.send(message.replyTo, 3)
        case 'end':
          return self.stop()
        case 'never':
          return undefined
      }
    })
  })
  afterEach(() => stage.close())

  /** An actor that asks and logs what comes of it. */
  function asker(question: { readonly kind: 'never' | 'late' | 'twice' }, timeout = 100): ActorRef<Word> {
    return stage.listener(self => self.ask(desk, question, timeout, result => word(JSON.stringify(result))))
  }

  it('gives the answer, as a message of the asker’s own', () => {
    stage.listener(self =>
      self.ask(desk, { kind: 'add', a: 1, b: 2 }, 100, (result: AskResult<number>) => word(JSON.stringify(result))),
    )
    stage.settle()
    expect(stage.log).to.deep.equal(['{"kind":"answered","value":3}'])
    expect(stage.kernel.census()).to.include({ asks: 0 })
  })

  it('gives up at the deadline, and the late reply vanishes', () => {
    asker({ kind: 'late' })
    stage.clock.advance(99)
    expect(stage.log).to.deep.equal([])
    stage.clock.advance(1)
    expect(stage.log).to.deep.equal(['{"kind":"timeout"}'])
    stage.clock.advance(1000)
    expect(stage.log).to.have.lengthOf(1)
    expect(stage.kernel.dropped).to.equal(1)
  })

  it('says down when the asked ends, or is gone already', () => {
    asker({ kind: 'never' })
    stage.kernel.send(desk, { kind: 'end' })
    stage.settle()
    asker({ kind: 'never' })
    stage.settle()
    expect(stage.log).to.deep.equal([
      '{"kind":"down","reason":{"kind":"normal"}}',
      '{"kind":"down","reason":{"kind":"noproc"}}',
    ])
  })

  it('compiles only for questions of the protocol, and with the type of the answer', () => {
    const mistakes = (): void => {
      // @ts-expect-error: not a question
      void stage.kernel.ask(desk, { kind: 'end' }, 1)
      // @ts-expect-error: a number is missing
      void stage.kernel.ask(desk, { kind: 'add', a: 1 }, 1)
      // @ts-expect-error: not of this protocol
      stage.kernel.send(desk, word('x'))
      // @ts-expect-error: the answer is a number
      stage.listener(self => self.ask(desk, { kind: 'never' }, 1, (result: AskResult<string>) => word(result.kind)))
    }
    expect(mistakes).to.be.a('function')
  })

  it('takes one reply only', () => {
    asker({ kind: 'twice' })
    stage.settle()
    expect(stage.log).to.deep.equal(['{"kind":"answered","value":1}'])
  })

  it('leaves nothing of a question whose asker has ended', () => {
    const ref = asker({ kind: 'never' }, 10_000)
    stage.settle()
    stage.end(ref)
    expect(stage.kernel.census()).to.include({ asks: 0 })
    expect(stage.clock.pending).to.equal(0)
  })

  it('crashes the asker, and nobody else, when the result cannot be made into a message', () => {
    const ref = stage.listener(self =>
      self.ask(desk, { kind: 'add', a: 1, b: 1 }, 100, () => {
        throw new Error('no message')
      }),
    )
    stage.settle()
    expect(stage.crashes.map(report => report.ref)).to.deep.equal([ref])
    expect(stage.kernel.isAlive(desk)).to.equal(true)
  })

  it('from outside is a promise that never rejects', async () => {
    const results = (['add', 'never', 'end'] as const).map(kind =>
      kind === 'add'
        ? stage.kernel.ask(desk, { kind, a: 20, b: 22 }, 100)
        : stage.kernel.ask(desk, { kind: 'never' }, kind === 'end' ? 1000 : 100),
    )
    stage.clock.advance(100)
    stage.end(desk)
    expect(await Promise.all(results)).to.deep.equal([
      { kind: 'answered', value: 42 },
      { kind: 'timeout' },
      { kind: 'down', reason: { kind: 'shutdown' } },
    ])
  })
})

describe('pipe', () => {
  type Result = Message & { readonly value: unknown }

  async function piped(work: Promise<unknown>, crash = false): Promise<{ got: unknown[]; crashes: number }> {
    const got: unknown[] = []
    let crashes = 0
    const kernel = new Kernel({ crashed: () => crashes++ })
    kernel.spawn<Result>(
      {
        label: 'piper',
        init(_, self) {
          const make = (value: unknown): Result => {
            if (crash) throw new Error('no message')
            return { kind: 'done', value }
          }
          self.pipe(work, make, error => ({ kind: 'failed', value: error }))
          return ({ kind, value }) => void got.push(kind, value)
        },
      },
      undefined,
    )
    while (got.length === 0 && crashes === 0) await new Promise<void>(resolve => setImmediate(resolve))
    kernel.close()
    return { got, crashes }
  }

  it('makes a message of the value or the error', async () => {
    expect(await piped(Promise.resolve(7))).to.deep.equal({ got: ['done', 7], crashes: 0 })
    const error = new Error('no')
    expect(await piped(Promise.reject(error))).to.deep.equal({ got: ['failed', error], crashes: 0 })
  })

  it('that cannot make a message crashes the actor, not the thread', async () => {
    expect(await piped(Promise.resolve(7), true)).to.deep.equal({ got: [], crashes: 1 })
  })
})
