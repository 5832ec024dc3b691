import { expect } from 'chai'
import fc from 'fast-check'
import {
  bytesContent,
  bytesOfBody,
  dispositionOf,
  sdpContent,
  sdpOf,
  textContent,
  textOfBody,
} from '../../../apps/sip/syntax/content.js'
import { formatMessage } from '../../../apps/sip/syntax/format.js'
import { standardGrammar } from '../../../apps/sip/syntax/grammar.js'
import { createMultipart, createPart, leavesOf, partsOf } from '../../../apps/sip/syntax/mime.js'
import { parseMessage } from '../../../apps/sip/syntax/parse.js'
import { optionsWith } from '../../../shell/torture-set.js'
import { lines, requestOf } from './samples.js'

const sdp = lines('v=0', 'o=a 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', 'm=audio 4000 RTP/AVP 0')
const mixed = 'multipart/mixed;boundary=b'

describe('sip/syntax/mime', () => {
  it('§7.4 SYN-17 parts are split at the boundary only, NUL octets and all', () => {
    const body = lines(
      'preamble',
      '--b',
      'Content-Type: text/plain',
      '',
      'one',
      '--bx',
      '--b ',
      '',
      '\0\xff',
      '--b--',
      'epilogue',
    )
    const parts = partsOf(requestOf(optionsWith({ 'Content-Type': mixed }, body)))
    expect(parts?.map(part => [part.type?.subtype, part.body])).to.deep.equal([
      ['plain', 'one\r\n--bx'],
      [undefined, '\0\xff'],
    ])
  })

  it('AST-2017-003 CVE-2022-21723 multiparts without boundary, without end, without parts, cut anywhere', () => {
    const body = lines('--b', 'Content-Type: text/plain', '', 'one', '--b', '', 'two', '--b--')
    for (let at = 0; at < body.length - 2; at++) {
      expect(partsOf(requestOf(optionsWith({ c: mixed }, body.slice(0, at)))), String(at)).to.equal(undefined)
    }
    expect(partsOf(requestOf(optionsWith({ c: mixed }, '--b--')))).to.deep.equal([])
    expect(partsOf(requestOf(optionsWith({ c: mixed }, body.replaceAll('\r\n', '\n'))))).to.equal(undefined)
    expect(partsOf(requestOf(optionsWith({ c: 'multipart/mixed' }, body)))).to.equal(undefined)
    expect(partsOf(requestOf(optionsWith({ c: 'multipart/mixed;boundary=""' }, body)))).to.equal(undefined)
    expect(partsOf(requestOf(optionsWith({ c: 'text/plain' }, body)))).to.deep.equal([])
  })

  it('pjproject@568be8ec2 a multipart without parts is forwarded as it came, and holds nothing', () => {
    for (const body of ['--b--', '--b--\r\n', 'preamble\r\n--b--\r\nepilogue']) {
      const request = requestOf(optionsWith({ 'Content-Type': mixed }, body))
      expect([partsOf(request), leavesOf(request), sdpOf(request)]).to.deep.equal([[], [], undefined])
      expect(requestOf(formatMessage(request.append('X-A', '1'))).body).to.equal(body)
    }
    const { body } = createMultipart('mixed', 'b', [])
    expect(partsOf(requestOf(optionsWith({ 'Content-Type': mixed }, body)))).to.deep.equal([])
  })

  it('GHSA-hx7p-6j27-gjpv RFC 2046 §5.1.1 a part may end with its headers, and not within one', () => {
    const partsWith = (head: string): ReturnType<typeof partsOf> =>
      partsOf(requestOf(optionsWith({ 'Content-Type': mixed }, `--b\r\n${head}\r\n--b--\r\n`)))
    for (const head of ['Content-Type: text/plain', 'Content-Type: text/plain\r\n']) {
      expect(partsWith(head)?.map(part => [part.type?.subtype, part.body])).to.deep.equal([['plain', '']])
    }
    for (const head of ['Content-Type', ':', '\r', 'A: 1\r\nB']) {
      expect(partsWith(head), JSON.stringify(head)).to.equal(undefined)
    }
  })

  it('pjproject@12306eaf9 nesting and parts have a limit', () => {
    let type = 'text/plain'
    let body = 'x'
    for (let depth = 0; depth < 30; depth++) {
      body = `--b${depth}\r\nContent-Type: ${type}\r\n\r\n${body}\r\n--b${depth}--\r\n`
      type = `multipart/mixed;boundary=b${depth}`
    }
    expect(leavesOf(requestOf(optionsWith({ 'Content-Type': type }, body)))).to.equal(undefined)
    const many = `${'--b\r\n\r\nx\r\n'.repeat(65)}--b--`
    expect(partsOf(requestOf(optionsWith({ 'Content-Type': mixed }, many)))).to.equal(undefined)
    const grammar = standardGrammar.withLimits({ parts: 65 })
    const parsed = parseMessage(optionsWith({ 'Content-Type': mixed }, many), { grammar })
    expect(parsed.kind === 'ok' && partsOf(parsed.message)).to.have.length(65)
  })

  it('what is built can be split again', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary-ascii' }), { minLength: 1, maxLength: 5 }), bodies => {
        const built = createMultipart(
          'mixed',
          'unlikely-boundary',
          bodies.map(body => createPart('text/plain', body)),
        )
        const message = requestOf(
          formatMessage(requestOf(optionsWith()).with({ body: built.body }).set('Content-Type', built.type)),
        )
        expect(partsOf(message)?.map(part => part.body)).to.deep.equal(bodies)
      }),
    )
    expect(() => createMultipart('mixed', 'b', [createPart('text/plain', 'x--b')])).to.throw(TypeError)
    expect(() => createMultipart('mixed', 'b\r\n', [])).to.throw(TypeError)
    expect(() => createMultipart('a b', 'b', [])).to.throw(TypeError)
  })
})

describe('sip/syntax/content', () => {
  it('SYN-26 text is UTF-8 in octets, and bytes stay bytes', () => {
    const { type, body } = textContent('grüße €')
    const message = requestOf(formatMessage(requestOf(optionsWith()).with({ body }).set('Content-Type', type)))
    expect([textOfBody(message), message.get('Content-Length')]).to.deep.equal(['grüße €', 11])
    const bytes = Uint8Array.from({ length: 256 }, (_, octet) => octet)
    const carried = requestOf(formatMessage(requestOf(optionsWith()).with(bytesContent(bytes, 'application/x'))))
    expect(Array.from(bytesOfBody(carried))).to.deep.equal(Array.from(bytes))
  })

  it('§20.11 M-16 the disposition is as stated, else session for SDP and render for the rest', () => {
    expect(dispositionOf(requestOf(optionsWith({ c: 'application/sdp' })))).to.equal('session')
    expect(dispositionOf(requestOf(optionsWith({ c: 'text/plain' })))).to.equal('render')
    expect(
      dispositionOf(requestOf(optionsWith({ c: 'text/plain', 'Content-Disposition': 'ALERT;handling=optional' }))),
    ).to.equal('alert')
  })

  it('M-17 a session description is found alone and within a multipart, and written back', () => {
    const alone = requestOf(optionsWith({ c: 'application/sdp' }, sdp))
    expect(sdpOf(alone)?.media[0]).to.include({ type: 'audio', port: 4000 })
    const parts = createMultipart('mixed', 'b', [createPart('text/plain', 'x'), createPart('application/sdp', sdp)])
    expect(
      sdpOf(requestOf(optionsWith({ c: String(`multipart/mixed;boundary=b`) }, parts.body)))?.media,
    ).to.have.length(1)
    const description = sdpOf(alone)
    expect(description && sdpContent(description).body).to.equal(sdp)
  })

  it('CVE-2018-1000098 odd session descriptions throw nothing', () => {
    for (const body of [
      '',
      'v',
      'v=0',
      'v=0\r\nm=',
      'v=0\r\nm=audio',
      `${sdp}a=fmtp:\r\na=rtpmap:x\r\na=fmtp:-1 ;;=\r\n`,
      'v=0\r\na=ssrc:\r\n',
    ]) {
      expect(() => sdpOf(requestOf(optionsWith({ c: 'application/sdp' }, body)))).not.to.throw()
    }
  })

  it('GHSA-g3x6-p824-x6hm ES2020-03 a session description cut off anywhere, or with any octet anywhere, throws nothing', () => {
    for (let at = 0; at <= sdp.length; at++) {
      for (const text of [sdp.slice(0, at), sdp.slice(at), `${sdp.slice(0, at)}\0\xff${sdp.slice(at)}`]) {
        const message = requestOf(optionsWith({ c: 'application/sdp' }, text))
        expect(() => sdpOf(message), JSON.stringify(text)).not.to.throw()
      }
    }
  })

  it('__proto__ and constructor are names like others', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const request = requestOf(optionsWith({ Contact: `<sip:h;${name}=1?${name}=2>;${name}=3` }))
      expect(request.has(name)).to.equal(false)
      const contact = request.get('Contact')
      expect([contact?.params.get(name), contact?.uri.params.get(name), contact?.params.has('valueOf')]).to.deep.equal([
        '3',
        '1',
        false,
      ])
      const body = `v=0\r\n${name}=1\r\na=${name}:1\r\n`
      expect(() => sdpOf(requestOf(optionsWith({ c: 'application/sdp' }, body)))).not.to.throw()
      expect(Reflect.get({}, '1')).to.equal(undefined)
    }
  })
})
