import { createSocket } from 'node:dgram'
import { expect } from 'chai'
import { SipStack, toUri } from '../../apps/sip/sip.js'
import { display } from '../../shell/display.js'
import { logLine } from '../../shell/log-line.js'
import { shown } from '../../shell/show.js'
import { formatRecord, formatTable } from '../../shell/table.js'

describe('what the shell prints', () => {
  it('is a table for a list of things, numbers to the right', () => {
    const rows = [
      { name: 'busy', requests: 12 },
      { name: 'uas', requests: 3 },
    ]
    expect(formatTable(rows)).to.equal('  Name  Requests\n  busy        12\n  uas          3\n\n  2 in all')
    expect(formatTable([])).to.equal('  none')
    expect(display(rows, false)).to.equal(formatTable(rows))
  })

  it('has a column for what only some rows have', () => {
    expect(formatTable([{ a: 1 }, { b: 'x' }])).to.equal('  A  B\n  1\n     x\n\n  2 in all')
  })

  it('is a list of names and values for one thing', () => {
    expect(formatRecord({ calls: 3, dialogs: 12 })).to.equal('  Calls     3\n  Dialogs  12')
    expect(display({ calls: 3, dialogs: 12 }, false)).to.equal(formatRecord({ calls: 3, dialogs: 12 }))
  })

  it('is as Node shows it for all else', () => {
    expect(display({ a: { b: 1 } }, false)).to.equal('{ a: { b: 1 } }')
    expect(display([1, 2], false)).to.equal('[ 1, 2 ]')
    expect(display({}, false)).to.equal('{}')
    expect(display(undefined, false)).to.equal('undefined')
  })

  it('is one line for a call that made no sense, with and without colours', () => {
    for (const colors of [false, true]) {
      try {
        toUri('bogus')
      } catch (error) {
        const [first, ...frames] = display(error, colors).split('\n')
        expect(first).to.equal('TypeError: not a URI: "bogus"')
        expect(frames.join('\n')).not.to.include('uri.')
      }
    }
  })

  it('contains no command to the terminal, wherever the text came from', () => {
    const text = 'a\x1b[2J\x9b\u202e\r'
    for (const value of [text, [{ text }], { text }, { inner: { text } }, [text]]) {
      expect(display(value, false)).to.match(/^[^\x1b\x9b\r]*$/)
    }
    expect(display('two\nlines', false)).to.equal('two\nlines')
  })
})

describe('what is shown of several threads', function () {
  this.timeout(60_000)

  it('says which of them did not answer', async () => {
    const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'], threads: 1, log: () => undefined })
    const socket = createSocket('udp4')
    try {
      await stack.load(new URL('./stuck.js', import.meta.url))
      const rows = { what: '', data: () => [{ thread: 'main' }] }
      const figures = { what: '', data: () => ({ calls: 1 }) }
      const port = Number(stack.listening[0]?.split(':').at(-1))
      let values: readonly unknown[] = []
      // The thread is started anew after a while, and may have been asked before it was stuck.
      for (let count = 0; !values.every(value => /answer/.test(JSON.stringify(value))) || count === 0; count++) {
        const headers = 'From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n'
        const via = `Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK${count}\r\nCall-ID: ${count}\r\n`
        socket.send(`OPTIONS sip:b@h SIP/2.0\r\n${via}${headers}`, port, '127.0.0.1')
        values = await Promise.all([
          shown(stack, rows, 1, false),
          shown(stack, rows, 1, true),
          shown(stack, figures, 1, true),
        ])
      }
      expect(values).to.deep.equal([
        '  Thread\n  main\n\n  1 in all\nthread 0 did not answer',
        [{ thread: 'main' }, { thread: 0, unanswered: true }],
        { calls: 1, unanswered: [0] },
      ])
    } finally {
      socket.close()
      await stack.close()
    }
  })
})

describe('a line of the log', () => {
  const noon = new Date('2026-01-31T12:00:00Z')

  it('has time and level', () => {
    expect(logLine({ level: 'warn', text: 'so' }, noon)).to.equal('2026-01-31T12:00:00.000Z warn so')
  })

  it('is one line of bounded length and harmless', () => {
    const line = logLine({ level: 'error', text: `a\n\x1b[31m${'x'.repeat(100_000)}` }, noon)
    expect(line).to.match(/^[ -~]{1,2100}$/)
    expect(line).to.include('a\\u{a}\\u{1b}[31m')
  })
})
