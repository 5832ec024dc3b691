import { expect } from 'chai'
import { type ActorRef, type Behavior, tree } from '../../apps/actor/actor.js'
import { Stage, type Word, word } from './stage.js'

/** An actor with children of these names; a name may have children itself: `a(b c)`. */
interface Family {
  readonly label: string
  readonly children: readonly Family[]
}

const family: Behavior<Word, Family> = {
  label: ({ label }) => label,
  init({ children }, self) {
    for (const child of children) self.spawn(family, child)
    return () => undefined
  },
}

describe('tree', () => {
  let stage: Stage
  beforeEach(() => {
    stage = new Stage()
  })
  afterEach(() => stage.close())

  const leaf = (label: string): Family => ({ label, children: [] })

  it('draws who started whom, and what waits', () => {
    const root = { label: 'root', children: [{ label: 'udp', children: [leaf('a'), leaf('b')] }, leaf('tcp')] }
    stage.kernel.spawn(family, root)
    const other = stage.kernel.spawn(family, leaf('shell'))
    stage.kernel.send(other, word('x'))
    expect(tree(stage.kernel).split('\n')).to.deep.equal([
      'root <0.1>',
      '├─ udp <0.2>',
      '│  ├─ a <0.3>',
      '│  └─ b <0.4>',
      '└─ tcp <0.5>',
      'shell <0.6> 1 waiting',
    ])
  })

  it('counts the rest when there are many alike', () => {
    stage.kernel.spawn(family, { label: 'root', children: [...Array(20).fill(leaf('call')), leaf('locator')] })
    const lines = tree(stage.kernel).split('\n')
    expect(lines).to.have.lengthOf(1 + 8 + 1 + 1)
    expect(lines.slice(-2)).to.deep.equal(['├─ locator <0.22>', '└─ … and 12 more call'])
  })

  it('shows an actor that has outlived its parent at the root', () => {
    const parent = stage.kernel.spawn(family, { label: 'parent', children: [leaf('orphan')] })
    stage.end(parent as ActorRef<never>)
    expect(tree(stage.kernel)).to.equal('orphan <0.2>')
  })
})
