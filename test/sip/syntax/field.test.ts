import { expect } from 'chai'
import { Field } from '../../../apps/sip/syntax/field.js'
import { standardGrammar } from '../../../apps/sip/syntax/grammar.js'

const { limits } = standardGrammar

function line(name: string, value: string): Field {
  const at = name.length + 2
  const end = at + value.length
  return new Field(standardGrammar.find(name), `${name}: ${value}\r\n`, 0, at, end, end)
}

/** In whatever order it is asked. */
function seen(name: string, value: string): readonly (string | number | boolean)[] {
  const asked: readonly ((field: Field) => string | number | boolean)[] = [
    field => String(field.first(limits)),
    field => field.values(limits).length,
    field => field.hasSeveral(limits),
    field => field.isMalformed(limits),
  ]
  const first = asked.map(ask => ask(line(name, value)))
  for (const order of [asked, [...asked].reverse()]) {
    const field = line(name, value)
    const told = new Map(order.map(ask => [ask, ask(field)]))
    expect(asked.map(ask => told.get(ask))).to.deep.equal(first)
  }
  return first
}

describe('sip/syntax: a header line', () => {
  it('§7.3.1 has the values that are in it, whatever is asked first [3261-7.3.1-4]', () => {
    expect(seen('Supported', 'timer')).to.deep.equal(['timer', 1, false, false])
    expect(seen('Supported', 'timer, 100rel')).to.deep.equal(['timer', 2, true, false])
    expect(seen('Supported', '')).to.deep.equal(['undefined', 0, false, false])
    expect(seen('Supported', 'timer,')).to.deep.equal(['undefined', 0, false, true])
    expect(seen('Contact', '')).to.deep.equal(['undefined', 0, false, true])
    expect(seen('Contact', '<sip:a@b>, <sip:c@d>')).to.deep.equal(['<sip:a@b>', 2, true, false])
    expect(seen('Max-Forwards', '0')).to.deep.equal(['0', 1, false, false])
    expect(seen('Max-Forwards', '')).to.deep.equal(['undefined', 0, false, true])
    expect(seen('Subject', '')).to.deep.equal(['', 1, false, false])
  })

  it('§7.3.1 §20.44 credentials and challenges of two schemes do not share a line [3261-7.3.1-3]', () => {
    for (const name of ['Authorization', 'WWW-Authenticate', 'Proxy-Authorization', 'Proxy-Authenticate']) {
      expect(seen(name, 'Basic abc, Basic def')).to.deep.equal(['undefined', 0, false, true])
      expect(seen(name, '')).to.deep.equal(['undefined', 0, false, true])
    }
  })
})
