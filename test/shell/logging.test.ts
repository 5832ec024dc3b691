import { expect } from 'chai'
import type { LogEntry } from '../../apps/sip/sip.js'
import { Logging } from '../../shell/logging.js'

const moved: LogEntry = { level: 'info', module: 'transport', text: 'moved' }
const wrong: LogEntry = { level: 'error', module: 'cores', text: 'core a: wrong', callId: 'one\x1b[31m@host' }

function told(entries: readonly LogEntry[], { levels, json = false }: { levels?: string; json?: boolean }): string[] {
  const lines: string[] = []
  const logging = new Logging({ json, write: line => lines.push(line) })
  if (levels !== undefined) logging.set(levels)
  for (const entry of entries) logging.log(entry)
  return lines
}

describe('the log of a server', () => {
  it('is lines for people', () => {
    const [first, second] = told([moved, wrong], {})
    expect(first).to.match(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z info moved\n$/)
    expect(second).to.match(/Z error core a: wrong\n$/)
  })

  it('is JSON for programs, one line each, with the Call-ID', () => {
    const [first = '', second = ''] = told([moved, wrong], { json: true })
    expect(first).to.match(/^\{.*\}\n$/)
    expect(JSON.parse(first)).to.include({ level: 'info', module: 'transport', msg: 'moved' })
    expect(JSON.parse(first).at).to.be.closeTo(Date.now(), 5000)
    expect(JSON.parse(second)).to.include({ module: 'cores', callId: 'one\\u{1b}[31m@host' })
  })

  it('has a level for each part', () => {
    expect(told([moved, wrong], { levels: 'error' })).to.have.length(1)
    expect(told([moved, wrong], { levels: 'silent' })).to.have.length(0)
    expect(told([moved, wrong], { levels: 'error,transport=info' })).to.have.length(2)
    expect(told([moved, wrong], { levels: 'transport=warn' })).to.have.length(1)
  })

  it('says what is wrong with a level', () => {
    const logging = new Logging()
    expect(() => logging.set('loud')).to.throw('"loud" is no log level: silent, error, warn, info')
    expect(() => logging.set('core=warn')).to.throw('there is no part "core" (did you mean cores?)')
    logging.set('warn,cores=error')
    expect(() => logging.set('error,x')).to.throw()
    expect(logging.levels).to.include({ stack: 'warn', cores: 'error' })
  })
})
