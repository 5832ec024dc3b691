import { expect } from 'chai'
import fc from 'fast-check'
import { TraceReader } from '../../../apps/sip/trace/trace-reader.js'
import { TraceRing } from '../../../apps/sip/trace/trace-ring.js'

function message(callId: string, body = ''): string {
  return `MESSAGE sip:b@192.0.2.1 SIP/2.0\r\nCall-ID: ${callId}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

describe('reading the trace', () => {
  function texts(reader: TraceReader): string[] {
    return reader.read().map(({ text }) => text)
  }

  it('§18.3 cuts a stream into messages, however it came, and each connection by itself', () => {
    const messages = ['1', '2', '3'].map(callId => message(callId, `body of ${callId}`))
    const whole = messages.join('')
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: whole.length - 1 })), cuts => {
        const ring = new TraceRing({ entries: 1000, bytes: 1 << 20 }, () => 0)
        const [one, other] = [ring.flow('TCP', '', 0), ring.flow('TLS', '', 0)]
        const places = [0, ...cuts.sort((a, b) => a - b), whole.length]
        for (const [index, end] of places.entries()) {
          if (index > 0) ring.record('in', one, '', 1, whole.slice(places[index - 1], end))
          ring.record('in', other, '', 1, message('9'))
        }
        const read = new TraceReader(ring, 0).read().filter(each => each.flow === one.id)
        expect(read.map(({ text }) => text)).to.deep.equal(messages)
        expect(read.map(each => each.kind === 'message' && each.callId)).to.deep.equal(['1', '2', '3'])
      }),
    )
  })

  it('goes on with a stream whose beginning is forgotten, and with one that is garbage', () => {
    const ring = new TraceRing({ entries: 100, bytes: 1 << 20 }, () => 0)
    const flow = ring.flow('TCP', '', 0)
    for (const text of ['of a body\r\n', message('1'), 'X x SIP/2.0\r\n\r\n', message('2'), '\r\n\r\n']) {
      ring.record('in', flow, '', 1, text)
    }
    expect(texts(new TraceReader(ring, 0))).to.deep.equal([
      'of a body\r\n',
      message('1'),
      'X x SIP/2.0\r\n\r\n',
      message('2'),
      '\r\n\r\n',
    ])
  })

  it('shows what was no whole message when its connection is closed', () => {
    const ring = new TraceRing({ entries: 100, bytes: 1 << 20 }, () => 0)
    const flow = ring.flow('TCP', '', 0)
    const reader = new TraceReader(ring, 0)
    ring.record('in', flow, '', 1, 'MESSAGE sip:b@192.')
    ring.record('in', flow, '', 1, '0.2.1 SIP/2.0\r\nTo: ')
    expect(texts(reader)).to.deep.equal([])
    ring.record('closed', flow, '', 1, 'by the peer')
    expect(texts(reader)).to.deep.equal(['MESSAGE sip:b@192.0.2.1 SIP/2.0\r\nTo: ', 'by the peer'])
    ring.record('in', ring.flow('TCP', '', 0), '', 2, '\x16\x03\x01 no SIP')
    expect(texts(reader)).to.deep.equal(['\x16\x03\x01 no SIP'])
  })

  it('goes on where it was', () => {
    const ring = new TraceRing({ entries: 3, bytes: 1 << 20 }, () => 0)
    const flow = ring.flow('TCP', '', 0)
    const reader = new TraceReader(ring, 0)
    ring.record('in', flow, '', 1, message('1') + message('2').slice(0, 50))
    expect(texts(reader)).to.deep.equal([message('1')])
    ring.record('in', flow, '', 1, message('2').slice(50))
    expect(texts(reader)).to.deep.equal([message('2')])
    for (const text of ['3', '4', '5', '6']) ring.record('out', flow, '', 1, text)
    expect(texts(reader)).to.deep.equal(['4', '5', '6'])
    expect(texts(reader)).to.deep.equal([])
  })

  it('adds the time of day', () => {
    const ring = new TraceRing({ entries: 3, bytes: 1 << 20 }, () => 7)
    ring.record('in', ring.flow('UDP', '', 0), '', 1, message('1'))
    expect(new TraceReader(ring, 1000).read().map(({ at }) => at)).to.deep.equal([1007])
  })
})
