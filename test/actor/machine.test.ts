import { expect } from 'chai'
import { type Machine, never } from '../../apps/actor/actor.js'

describe('machine', () => {
  type Lamp = 'on' | 'off'
  const lamp: Machine<Lamp, 'press', 'click'> = state => {
    switch (state) {
      case 'on':
        return { state: 'off', effects: ['click'] }
      case 'off':
        return { state: 'on', effects: ['click'] }
      default:
        return never(state)
    }
  }

  it('is a pure step from state to state, with effects as data', () => {
    expect(lamp('off', 'press')).to.deep.equal({ state: 'on', effects: ['click'] })
  })

  it('throws where a caller gets around the types', () => {
    const broken = 'broken'
    expect(() => lamp(broken as Lamp, 'press')).to.throw(TypeError, 'unhandled case: "broken"')
  })
})
