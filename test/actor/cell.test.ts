import { expect } from 'chai'
import { type Name, nameOf, propertyOf, type Self } from '../../apps/actor/actor.js'
import { Stage, type Word, word } from './stage.js'

describe('timers of an actor', () => {
  let stage: Stage
  beforeEach(() => {
    stage = new Stage()
  })
  afterEach(() => stage.close())

  it('arrive as messages at their instants', () => {
    stage.listener(self => {
      self.startTimer('b', 200, word('b'))
      self.startTimer('a', 100, word('a'))
    })
    stage.clock.advance(99)
    expect(stage.log).to.deep.equal([])
    stage.clock.advance(1)
    expect(stage.log).to.deep.equal(['a'])
    stage.clock.advance(100)
    expect(stage.log).to.deep.equal(['a', 'b'])
    expect(stage.kernel.census()).to.include({ timers: 0 })
  })

  it('are replaced by one of the same name', () => {
    stage.listener(self => {
      self.startTimer('t', 100, word('old'))
      self.startTimer('t', 300, word('new'))
    })
    stage.clock.advance(200)
    expect(stage.log).to.deep.equal([])
    stage.clock.advance(100)
    expect(stage.log).to.deep.equal(['new'])
  })

  it('stop, even when the message waits in the mailbox already', () => {
    const stops = (self: Self<Word>): void => {
      self.startTimer('first', 100, word('first'))
      self.startTimer('second', 100, word('second'))
    }
    stage.spawn<Word>(self => {
      stops(self)
      return ({ text }) => {
        stage.log.push(text)
        self.stopTimer(text === 'first' ? 'second' : 'first')
      }
    })
    stage.clock.advance(1000)
    expect(stage.log).to.deep.equal(['first'])
  })

  it('that are unknown stop without effect on others', () => {
    stage.listener(self => {
      self.startTimer('a', 100, word('a'))
      self.stopTimer('b')
    })
    stage.clock.advance(100)
    expect(stage.log).to.deep.equal(['a'])
  })

  it('die with the actor, and none starts after its end', () => {
    let late: Self<Word> | undefined
    const ref = stage.listener(self => {
      late = self
      self.startTimer('t', 100, word('t'))
    })
    stage.end(ref)
    late?.startTimer('u', 100, word('u'))
    expect(stage.clock.pending).to.equal(0)
    stage.clock.advance(1000)
    expect(stage.log).to.deep.equal([])
  })
})

describe('names and properties of an actor', () => {
  let stage: Stage
  beforeEach(() => {
    stage = new Stage()
  })
  afterEach(() => stage.close())

  const name: Name<Word> = nameOf('the one')
  const colour = propertyOf<string, Word>('colour')

  it('finds a name while its actor lives', () => {
    const ref = stage.listener(undefined, { name })
    expect(stage.kernel.whereis(name)).to.equal(ref)
    stage.end(ref)
    expect(stage.kernel.whereis(name)).to.equal(undefined)
    expect(stage.kernel.whereis(name)).not.to.equal(stage.listener(self => self.register(name)))
  })

  it('refuses a name that is taken: the start fails and the holder keeps it', () => {
    const ref = stage.listener(undefined, { name })
    expect(() => stage.listener(undefined, { name })).to.throw(TypeError, 'the one is taken')
    expect(stage.kernel.whereis(name)).to.equal(ref)
    expect(stage.kernel.census()).to.include({ actors: 1, names: 1 })
  })

  it('has the name before init runs', () => {
    stage.listener(self => expect(self.whereis(name)).to.equal(self.ref), { name })
  })

  it('finds all that hold a property, in the order in which they began to', () => {
    const one = stage.listener(self => self.hold(colour, 'red'))
    const two = stage.listener(self => {
      self.hold(colour, 'blue')
      self.hold(colour, 'green')
    })
    expect([...stage.kernel.holders(colour)]).to.deep.equal([
      [one, 'red'],
      [two, 'green'],
    ])
    stage.end(one)
    expect([...stage.kernel.holders(colour)]).to.deep.equal([[two, 'green']])
  })

  it('lets go of a property', () => {
    const ref = stage.spawn<Word>(self => {
      self.hold(colour, 'red')
      return () => self.release(colour)
    })
    stage.kernel.send(ref, word('release'))
    stage.settle()
    expect([...stage.kernel.holders(colour)]).to.deep.equal([])
    expect(stage.kernel.census()).to.include({ properties: 0 })
  })

  it('frees whatever an actor of many tables had', () => {
    const ref = stage.listener(self => {
      self.register(name)
      self.register(nameOf<Word>('another'))
      self.hold(colour, 'red')
      self.startTimer('t', 1000, word('t'))
      self.monitor(self.ref, () => word('self'))
    })
    expect(stage.kernel.census()).to.deep.equal({
      ...{ actors: 1, messages: 0, timers: 1, names: 2, properties: 1, asks: 0, watches: 0 },
    })
    stage.end(ref)
    expect(Object.values(stage.kernel.census())).to.deep.equal([0, 0, 0, 0, 0, 0, 0])
  })
})
