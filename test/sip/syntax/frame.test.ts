import { expect } from 'chai'
import fc from 'fast-check'
import { faultResponse } from '../../../apps/sip/syntax/fault-response.js'
import { type Frame, Framer } from '../../../apps/sip/syntax/frame.js'
import { standardGrammar } from '../../../apps/sip/syntax/grammar.js'
import { scanCallId } from '../../../apps/sip/syntax/scan.js'
import { optionsWith } from '../../../shell/torture-set.js'
import { requestOf } from './samples.js'

const first = optionsWith({ Subject: 'folded\r\n line' }, 'body\r\n\r\n\0\xff')
const second = optionsWith({ 'Call-ID': 'c2' }).replace('Content-Length', 'l')

function frame(...chunks: readonly (string | Uint8Array)[]): readonly Frame[] {
  const framer = new Framer()
  return chunks.flatMap(chunk => framer.push(chunk))
}

function messages(frames: readonly Frame[]): readonly string[] {
  return frames.flatMap(found => (found.kind === 'message' ? [found.text] : []))
}

function faultIn(frames: readonly Frame[]): unknown {
  const last = frames.at(-1)
  return last?.kind === 'fault' ? last.fault.reason : last?.kind
}

describe('sip/syntax/frame', () => {
  it('§18.3 SYN-16 cut at every octet, two messages are the same two messages', () => {
    const stream = first + second
    for (let at = 0; at <= stream.length; at++) {
      expect(messages(frame(stream.slice(0, at), stream.slice(at)))).to.deep.equal([first, second])
    }
  })

  it('§18.3 SYN-16 octet by octet, as strings and as bytes', () => {
    expect(messages(frame(...(first + second)))).to.deep.equal([first, second])
    const bytes = Buffer.from(first + second, 'latin1')
    expect(messages(frame(...Array.from(bytes, octet => Uint8Array.of(octet))))).to.deep.equal([first, second])
    expect(messages(frame(bytes))).to.deep.equal([first, second])
  })

  it('T1 5000 messages in one chunk', () => {
    expect(messages(frame(second.repeat(5000)))).to.have.length(5000)
  })

  it('any cutting of any messages gives them back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary-ascii' }), { maxLength: 5 }),
        fc.array(fc.nat(60), { maxLength: 60 }),
        (bodies, cuts) => {
          const sent = bodies.map(body => optionsWith({}, body))
          const stream = sent.join('')
          const chunks: string[] = []
          let at = 0
          for (const cut of cuts) {
            chunks.push(stream.slice(at, at + cut))
            at += cut
          }
          expect(messages(frame(...chunks, stream.slice(at)))).to.deep.equal(sent)
        },
      ),
    )
  })

  it('§7.5 T2 line ends before a message are skipped [3261-7.5-1]; RFC 5626 §4.4.1 two are a ping and one is a pong', () => {
    expect(frame('\r\n\r\n').map(found => found.kind)).to.deep.equal(['ping'])
    expect(frame('\r\n').map(found => found.kind)).to.deep.equal(['pong'])
    expect(frame(`\r\n\r\n${second}\r\n\r\n${first}`).map(found => found.kind)).to.deep.equal([
      'ping',
      'message',
      'ping',
      'message',
    ])
    expect(frame(`\r\n${second}`).map(found => found.kind)).to.deep.equal(['pong', 'message'])
  })

  it('RFC 5626 §4.4.1 a pong that was waited for is no half of a ping', () => {
    const framer = new Framer()
    const seen: string[] = []
    for (const _ of ['one', 'two', 'three']) {
      seen.push(...framer.push('\r\n').map(({ kind }) => kind))
      framer.endPong()
    }
    expect(seen).to.deep.equal(['pong', 'pong', 'pong'])
    expect(framer.push('\r\n\r\n').map(({ kind }) => kind)).to.deep.equal(['ping'])
  })

  it('RFC 5626 §4.4.1 a ping cut anywhere is seen as one ping', () => {
    for (let at = 0; at <= 4; at++) {
      const frames = frame('\r\n\r\n'.slice(0, at), '\r\n\r\n'.slice(at), second)
      expect(frames.filter(found => found.kind === 'ping')).to.have.length(1)
      expect(messages(frames)).to.deep.equal([second])
    }
  })

  it('§18.3 SYN-15 without a usable Content-Length the stream ends, with an answer where one is possible [3261-18.3-4] [3261-20.14-2]', () => {
    for (const length of [
      'Content-Length: x',
      'Content-Length: -5',
      'Content-Length:',
      'l: 1\r\nContent-Length: 2',
      'X: y',
    ]) {
      const frames = frame(second.replace('l: 0', length) + first)
      const [found] = frames
      expect(frames, length).to.have.length(1)
      const fault = found?.kind === 'fault' ? found.fault : undefined
      expect(fault?.status, length).to.equal(400)
      expect(fault && faultResponse(fault)?.callId, length).to.equal('c2')
    }
  })

  it('RFC 4475 §3.3.9 two Content-Lengths that agree are one', () => {
    expect(messages(frame(second.replace('l: 0', 'l: 0\r\nContent-Length : 0')))).to.have.length(1)
  })

  it('T7 a stream whose first line is not SIP ends at once, whatever its cutting', () => {
    for (const text of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', '\x16\x03\x01\x02\x00\x01\n', 'x\n']) {
      expect(faultIn(frame(text))).to.equal('Not a SIP Start Line')
      expect(faultIn(frame(...text))).to.equal('Not a SIP Start Line')
    }
  })

  it('B-19 T1 nothing is buffered beyond the limits', () => {
    const grammar = standardGrammar.withLimits({ startLine: 100, headerBytes: 1000, body: 50 })
    const limitOf = (...chunks: readonly string[]): unknown => {
      const framer = new Framer(grammar)
      const last = chunks.flatMap(chunk => framer.push(chunk)).at(-1)
      return last?.kind === 'fault' ? last.fault.limit : last?.kind
    }
    expect(limitOf('x'.repeat(101))).to.equal('startLine')
    expect(limitOf(...'x'.repeat(101))).to.equal('startLine')
    expect(limitOf(`OPTIONS sip:h SIP/2.0\r\nA: ${'x'.repeat(1000)}`)).to.equal('headerBytes')
    expect(limitOf(...`OPTIONS sip:h SIP/2.0\r\n${'A: b\r\n'.repeat(200)}`)).to.equal('headerBytes')
    expect(limitOf(second.replace('l: 0', 'l: 51'))).to.equal('body')
    expect(limitOf(second.replace('l: 0', 'l: 99999999999'))).to.equal('body')
    expect(limitOf(second.repeat(500))).to.equal('message')
  })

  it('sipgo@a7be60a an announced length allocates nothing', () => {
    const framer = new Framer()
    expect(framer.push(second.replace('l: 0', 'l: 1000000'))).to.deep.equal([])
    expect(framer.push('abc')).to.deep.equal([])
    expect(framer.isIdle).to.equal(false)
  })

  it('P6 LF alone ends lines here too', () => {
    const text = first.replace(/^[\s\S]*?\r\n\r\n/, head => head.replaceAll('\r\n', '\n'))
    expect(messages(frame(text + second))).to.deep.equal([text, second])
  })
})

describe('sip/syntax/scan', () => {
  it('finds the Call-ID that the parser finds, in any form', () => {
    for (const name of ['Call-ID', 'call-id', 'CALL-ID', 'i', 'I', 'Call-ID \t', 'i ']) {
      const text = optionsWith({ 'Call-ID': undefined, 'Call-Info': '<http:x>', [name]: 'abc@1' })
      expect(scanCallId(text), name).to.equal('abc@1')
      expect(scanCallId(`\r\n${text.replaceAll('\r\n', '\n')}`), name).to.equal('abc@1')
      expect(requestOf(text).callId).to.equal('abc@1')
    }
    expect(scanCallId(optionsWith({ 'Call-ID': '\r\n  folded@1' }))).to.equal('folded@1')
  })

  it('finds none where there is none', () => {
    expect(scanCallId(optionsWith({ 'Call-ID': undefined }, 'Call-ID: in-the-body\r\n'))).to.equal(undefined)
    for (const text of [
      '',
      '\r\n',
      'Call-ID: x',
      'i',
      'x\ni',
      'x\ni:',
      'x\r\nCall-ID:\r\n \r\n',
      'x\r\n i: folded\r\n',
    ]) {
      expect(scanCallId(text), JSON.stringify(text)).to.equal(undefined)
    }
  })
})
