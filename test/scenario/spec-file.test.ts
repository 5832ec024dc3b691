import { expect } from 'chai'
import { parseProfile, parseSpecFile, parseTransports, scenario, scenariosOf } from '../../apps/scenario/scenario.js'

describe('a selection of scenarios', () => {
  it('names files, transports and modes; both transports in virtual time unless it says otherwise', () => {
    expect(parseSpecFile('{ "scenarios": ["a.ts"] }')).to.deep.equal({
      scenarios: ['a.ts'],
      include: [],
      transports: ['udp', 'tcp'],
      modes: ['virtual'],
      profiles: ['clean'],
    })
    const text = '{ "include": ["b.spec.json"], "transports": ["tcp"], "modes": ["loopback"], "profiles": ["chaos"] }'
    expect(parseSpecFile(text)).to.deep.equal({
      scenarios: [],
      include: ['b.spec.json'],
      transports: ['tcp'],
      modes: ['loopback'],
      profiles: ['chaos'],
    })
  })

  it('says what is wrong with it', () => {
    expect(() => parseSpecFile('[]')).to.throw(TypeError, 'a selection is a JSON object')
    expect(() => parseSpecFile('{ "transport": [] }')).to.throw(TypeError, '"transport" is not known')
    expect(() => parseSpecFile('{ "modes": ["real"] }')).to.throw(TypeError, 'there are virtual and loopback')
    expect(() => parseSpecFile('{ "scenarios": "a.ts" }')).to.throw(TypeError, 'must be a list of texts')
    expect(() => parseProfile('fog')).to.throw(TypeError, 'there are clean and lossy and chaos')
    expect(() => parseTransports('udp,sctp')).to.throw(TypeError, '"sctp" is not a transport')
  })

  it('takes the scenarios that a module exports by default, one or several, and nothing else', () => {
    const one = scenario('one', () => Promise.resolve())
    expect(scenariosOf({ default: one })).to.deep.equal([one])
    expect(scenariosOf({ default: [one, one] })).to.have.length(2)
    for (const module of [{}, { default: [] }, { default: 'x' }, undefined]) {
      expect(() => scenariosOf(module)).to.throw(TypeError, 'no list of scenarios')
    }
  })
})
