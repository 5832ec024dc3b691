import { expect } from 'chai'
import {
  Hierarchy,
  hierarchyDot,
  hierarchyMermaid,
  sipHierarchy,
  statusOf,
  statusTag,
} from '../../apps/servlet/servlet.js'
import { knownMethods } from '../../apps/sip/syntax/method.js'

describe('hierarchies', () => {
  const animals = Hierarchy.empty.derive('animal', 'bird', 'fish').derive('pet', 'parrot').derive('bird', 'parrot')

  it('knows kinds of kinds, by several parents', () => {
    expect(animals.isa('parrot', 'animal')).to.equal(true)
    expect(animals.isa('parrot', 'pet')).to.equal(true)
    expect(animals.isa('bird', 'bird')).to.equal(true)
    expect(animals.isa('animal', 'bird')).to.equal(false)
    expect(animals.isa('stone', 'stone')).to.equal(false)
    expect(animals.parents('parrot')).to.deep.equal(['pet', 'bird'])
    expect([...animals.ancestors('parrot')]).to.have.members(['pet', 'bird', 'animal'])
    expect(animals.descendants('animal')).to.deep.equal(['bird', 'fish', 'parrot'])
    expect(animals.children('animal')).to.deep.equal(['bird', 'fish'])
  })

  it('stays what it was when something is derived from it', () => {
    const more = animals.derive('fish', 'eel')
    expect(more.isa('eel', 'animal')).to.equal(true)
    expect(animals.has('eel')).to.equal(false)
  })

  it('refuses circles, short and long', () => {
    expect(() => animals.derive('parrot', 'animal')).to.throw(TypeError, /cannot be a kind of itself/)
    expect(() => Hierarchy.empty.derive('a', 'a')).to.throw(TypeError, 'a cannot be a kind of itself')
    const chain = Hierarchy.empty.derive('a', 'b').derive('b', 'c').derive('c', 'd')
    expect(() => chain.derive('d', 'a')).to.throw(TypeError)
  })

  it('is drawn as dot and as Mermaid', () => {
    const small = Hierarchy.empty.derive('sip-message', 'sip-request')
    expect(hierarchyDot(small)).to.include('  "sip-request" -> "sip-message"')
    expect(hierarchyMermaid(small)).to.equal('graph BT\n  sip-request --> sip-message\n')
  })
})

describe('the hierarchy of SIP messages', () => {
  it('has every method that an RFC defines', () => {
    for (const method of knownMethods.keys()) {
      expect(sipHierarchy.isa(method.toLowerCase(), 'sip-request'), method).to.equal(true)
    }
  })

  it('§21 puts every code that IANA lists into its class', () => {
    const classes = ['provisional', 'success', 'redirect', 'client-failure', 'server-failure', 'global-failure']
    const names = new Set<string>()
    for (let status = 100; status < 700; status++) {
      const tag = statusTag(status)
      expect(sipHierarchy.isa(tag, `${classes[Math.trunc(status / 100) - 1]}-response`), `${status} ${tag}`).to.equal(
        true,
      )
      if (statusOf(tag) === status) names.add(tag)
    }
    // 75 codes, of which 406 and 606 are not the same.
    expect(names.size).to.equal(75)
    expect(statusTag(406)).to.not.equal(statusTag(606))
  })

  it('§8.1.3.2 reads codes that nobody has named as the x00 of their class, and provisional ones as 183 [3261-8.1.3.2-1]', () => {
    expect(statusTag(499)).to.equal('bad-request')
    expect(statusTag(299)).to.equal('ok')
    expect(statusTag(198)).to.equal('session-progress')
    expect(statusTag(699)).to.equal('busy-everywhere')
  })

  it('§8.1.3.5 tells what to retry, and how', () => {
    const retried = (kind: string): readonly (number | undefined)[] =>
      sipHierarchy.descendants(kind).map(tag => (sipHierarchy.has(tag) ? statusOf(tag) : undefined))
    expect(retried('response-should-retry-if-possible')).to.have.members([413, 415, 416, 420])
    expect(retried('response-should-retry-with-credentials')).to.have.members([401, 407])
    expect(sipHierarchy.isa('moved-temporarily', 'can-retry-response')).to.equal(true)
    expect([...sipHierarchy.parents('use-proxy')]).to.have.members(['redirect-response', 'can-retry-response'])
  })
})
