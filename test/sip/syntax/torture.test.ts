/** The cases of RFC 4475 and RFC 5118, section by section, in messages of our own with the same twist. */

import { expect } from 'chai'
import { faultResponse } from '../../../apps/sip/syntax/fault-response.js'
import { formatMessage } from '../../../apps/sip/syntax/format.js'
import type { Request } from '../../../apps/sip/syntax/message.js'
import { partsOf } from '../../../apps/sip/syntax/mime.js'
import { parseMessage } from '../../../apps/sip/syntax/parse.js'
import { validateRequest } from '../../../apps/sip/syntax/validate.js'
import { as, broken, optionsWith } from '../../../shell/torture-set.js'
import { faultOf, lines, requestOf, responseOf } from './samples.js'

/** Accepted, the same octets when untouched, and an equal message when written anew. */
function accepted(text: string): Request {
  const request = requestOf(text)
  expect(text.startsWith(formatMessage(request))).to.equal(true)
  const again = requestOf(formatMessage(request.append('X-Added', '1')))
  expect(again.fields.map(field => [field.name, field.raw]).slice(0, request.fields.length)).to.deep.equal(
    request.fields.map(field => [field.name, field.raw]),
  )
  expect([again.method, String(again.uri), again.body]).to.deep.equal([
    request.method,
    String(request.uri),
    request.body,
  ])
  return request
}

function rejected(text: string, status: number = 400): void {
  const fault = faultOf(text)
  expect(fault.status).to.equal(status)
  expect(faultResponse(fault)?.status).to.equal(status)
}

describe('RFC 4475 §3.1.1 valid messages', () => {
  it('RFC 4475 §3.1.1.1 SYN-01 folding, blanks around colons, compact and mixed names, quoted pairs', () => {
    const text = lines(
      'INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0',
      'TO :',
      ' sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n',
      'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>',
      '  ;',
      '  tag = 98asjd8',
      'MaX-fOrWaRdS: 0068',
      'Call-ID: wsinv.ndaksdj@192.0.2.1',
      'cseq: 0009',
      '  INVITE',
      'Via  : SIP  /   2.0',
      ' /UDP',
      '    192.0.2.2;branch=390skdjuw',
      's :',
      'NewFangledHeader:   newfangled value',
      ' continued newfangled value',
      'UnknownHeaderWithUnusualValue: ;;,,;;,;',
      'Content-Type: application/sdp',
      'Route:',
      ' <sip:services.example.com;lr;unknownwith=value;unknown-no-value>',
      'v:  SIP  / 2.0  / TCP     spindle.example.com   ;',
      '  branch  =   z9hG4bK9ikj8  ,',
      ' SIP  /    2.0   / UDP  192.168.255.111   ; branch=',
      ' z9hG4bK30239',
      'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam = newvalue ;',
      '  secondparam ; q = 0.33',
      'l: 0',
      '',
    )
    const request = accepted(text)
    expect([request.to.tag, request.from.tag, request.from.displayName]).to.deep.equal([
      '1918181833n',
      '98asjd8',
      'J Rosenberg \\"',
    ])
    expect([request.get('Max-Forwards'), request.cseq.number]).to.deep.equal([68, 9])
    expect(request.getAll('Via').map(via => [via.transport, via.host, via.branch])).to.deep.equal([
      ['UDP', '192.0.2.2', '390skdjuw'],
      ['TCP', 'spindle.example.com', 'z9hG4bK9ikj8'],
      ['UDP', '192.168.255.111', 'z9hG4bK30239'],
    ])
    expect([request.get('Subject'), request.get('UnknownHeaderWithUnusualValue')]).to.deep.equal(['', ';;,,;;,;'])
    expect([request.get('Contact')?.displayName, request.get('Contact')?.q]).to.deep.equal(['Quoted string ""', 0.33])
    expect(request.get('Route')?.uri.isLooseRouter).to.equal(true)
  })

  it('RFC 4475 §3.1.1.2 every character a token, user, password and header may hold', () => {
    const method = "!interesting-Method0123456789_*+`.%indeed'~"
    const uri =
      "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com"
    const request = accepted(
      as(`${method} ${uri} SIP/2.0`, {
        To: `"BEL:\\\x07 NUL:\\\0 DEL:\\\x7f" <${uri}>`,
        From: `token1~\` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%="\xd1\x80";tag=_token~1'+\`*%!-.`,
        "extensionHeader-!.%*+_`'~": '\xef\xbb\xbf',
      }),
    )
    expect([request.method, request.from.tag, request.cseq.method]).to.deep.equal([method, "_token~1'+`*%!-.", method])
    expect(request.uri.password).to.equal("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)")
  })

  it('RFC 4475 §3.1.1.3 escapes where they may be, decoded once', () => {
    const request = accepted(
      as('INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0', { Contact: '<sip:h;n%61me=value%25%34%31>' }),
    )
    expect(request.uri.user).to.equal('sips:user@example.com')
    expect(request.get('Contact')?.uri.params.getRaw('n%61me')).to.equal('value%25%34%31')
  })

  it('RFC 4475 §3.1.1.4 escaped NULs in two different contacts', () => {
    const request = accepted(as('REGISTER sip:h SIP/2.0', { m: '<sip:%00@h>', Contact: '<sip:%00%00@h>' }))
    expect(request.getAll('Contact').map(contact => contact.uri.user)).to.deep.equal(['\0', '\0\0'])
  })

  it('RFC 4475 §3.1.1.5 a percent sign that escapes nothing', () => {
    const request = accepted(
      as('RE%47IST%45R sip:h SIP/2.0', { From: '"%Z%45" <sip:h>', Contact: '<sip:a@h>, <sip:b@h>;%41=b' }),
    )
    expect([request.method, request.from.displayName, request.getAll('Contact').length]).to.deep.equal([
      'RE%47IST%45R',
      '%Z%45',
      2,
    ])
  })

  it('RFC 4475 §3.1.1.6 no blank between display name and bracket', () => {
    expect(accepted(optionsWith({ From: 'caller<sip:c@h>;tag=1' })).from.displayName).to.equal('caller')
  })

  it('RFC 4475 §3.1.1.7 long values', () => {
    const long = 'longvalue'.repeat(120)
    const request = accepted(
      optionsWith({
        To: `"${long}" <sip:h;p=${long}>`,
        From: `<sip:h>;tag=${long}`,
        'Call-ID': long,
        v: `SIP/2.0/TCP ${'h'.repeat(300)};branch=${long}`,
      }),
    )
    expect([request.from.tag, request.callId, request.getAll('Via')[1]?.branch]).to.deep.equal([long, long, long])
  })

  it('RFC 4475 §3.1.1.8 octets after the body of a datagram are ignored and not sent on', () => {
    const text = optionsWith()
    expect(formatMessage(requestOf(text + as('INVITE sip:x SIP/2.0')))).to.equal(text)
  })

  it('RFC 4475 §3.1.1.9 semicolons within the user part', () => {
    const request = accepted(as('OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0'))
    expect([request.uri.user, request.uri.params.size]).to.deep.equal(['user;par=u@example.net', 0])
  })

  it('RFC 4475 §3.1.1.10 known and unknown transports', () => {
    const via = 'SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/SCTP b, SIP/2.0/TLS c, SIP/2.0/UNKNOWN d, SIP/2.0/tcp e'
    expect(
      accepted(optionsWith({ Via: via }))
        .getAll('Via')
        .map(value => value.transport),
    ).to.deep.equal(['UDP', 'SCTP', 'TLS', 'UNKNOWN', 'TCP'])
  })

  it('RFC 4475 §3.1.1.11 a multipart with NUL octets', () => {
    const body = lines(
      '--7a',
      'Content-Type: text/plain',
      '',
      'Hello',
      '',
      '--7a',
      'Content-Type: application/octet-stream',
      '',
      '0\x82\0\0\r\n\xff',
      '--7a--',
    )
    const request = accepted(as('MESSAGE sip:h SIP/2.0', { 'Content-Type': 'multipart/mixed;boundary=7a' }, body))
    expect(partsOf(request)?.map(part => part.body)).to.deep.equal(['Hello\r\n', '0\x82\0\0\r\n\xff'])
  })

  it('RFC 4475 §3.1.1.12 §3.1.1.13 unusual and empty reason phrases', () => {
    const phrase = '= 2**3 * 5**2 \xd0\xbd\xd0\xbe'
    expect(responseOf(as(`SIP/2.0 200 ${phrase}`, { CSeq: '7 INVITE' })).reason).to.equal(phrase)
    expect(responseOf(as('SIP/2.0 100 ', { CSeq: '7 INVITE' })).reason).to.equal('')
  })
})

describe('RFC 4475 §3.1.2 §3.2 §3.3 broken and odd messages', () => {
  for (const [title, text, status] of broken) it(title, () => rejected(text, status))

  it('RFC 4475 §3.1.2.5 §3.1.2.19 SYN-03 responses with overlarge numbers are dropped', () => {
    for (const text of [
      as('SIP/2.0 503 x', { CSeq: '9292394834772304023312 OPTIONS' }),
      as('SIP/2.0 4294967301 better', { CSeq: '1 INVITE' }),
    ]) {
      expect(faultOf(text).status).to.equal(undefined)
      expect(faultResponse(faultOf(text))).to.equal(undefined)
    }
  })

  it('RFC 4475 §3.1.2.11 §3.1.2.13 the validator refuses headers in the Request-URI and Contacts without brackets', () => {
    const status = (text: string): unknown => validateRequest(requestOf(text))?.status
    expect(status(as('INVITE sip:user@h?Route=%3Csip:h%3E SIP/2.0', { Contact: '<sip:a>' }))).to.equal(400)
    expect(status(as('REGISTER sip:h SIP/2.0', { Contact: 'sip:user@h?Route=%3Csip:h%3E' }))).to.equal(400)
  })

  it('RFC 4475 §3.1.2.12 a Date in another zone is ignored', () => {
    expect(accepted(optionsWith({ Date: 'Fri, 01 Jan 2010 16:00:00 EST' })).get('Date')).to.equal(undefined)
  })

  it('RFC 4475 §3.2.1 a branch that is nothing but the cookie', () => {
    expect(accepted(optionsWith({ Via: 'SIP/2.0/UDP h;branch=z9hG4bK' })).via.branch).to.equal('z9hG4bK')
  })

  it('RFC 4475 §3.3.2 §3.3.3 §3.3.4 unknown schemes are read; 416 and 400 are the validator’s', () => {
    for (const scheme of ['nobodyKnowsThisScheme:totallyopaquecontent', 'soap.beep://192.0.2.103:3002']) {
      expect(
        validateRequest(accepted(as(`OPTIONS ${scheme} SIP/2.0`)), { schemes: ['sip', 'sips', 'tel'] })?.status,
      ).to.equal(416)
    }
    const request = accepted(
      as('REGISTER sip:h SIP/2.0', {
        To: '<isbn:2983792873>',
        From: '<http://www.example.com>;tag=3',
        Contact: '<name:John_Smith>',
      }),
    )
    expect(validateRequest(request)?.status).to.equal(400)
  })

  it('RFC 4475 §3.3.5 unknown option tags', () => {
    const request = accepted(
      optionsWith({
        Require: 'nothingSupportsThis, nothingSupportsThisEither',
        'Proxy-Require': 'noProxiesSupportThis, norDoAnyProxiesSupportThis',
      }),
    )
    expect(validateRequest(request, { extensions: [] })?.headers).to.deep.equal({
      Unsupported: ['nothingSupportsThis', 'nothingSupportsThisEither'],
    })
  })

  it('RFC 4475 §3.3.6 §3.3.7 §3.3.10 §3.3.11 unknown content, unknown credentials, broadcast Via, no hops left', () => {
    expect(
      accepted(as('INVITE sip:h SIP/2.0', { 'Content-Type': 'application/unknownformat' }, '<audio/>')).get(
        'Content-Type',
      )?.subtype,
    ).to.equal('unknownformat')
    const auth = accepted(as('REGISTER sip:h SIP/2.0', { Authorization: 'NoOneKnowsThisScheme opaque-data=here' })).get(
      'Authorization',
    )
    expect([auth?.scheme, auth?.params.get('opaque-data')]).to.deep.equal(['NoOneKnowsThisScheme', 'here'])
    expect(
      responseOf(as('SIP/2.0 200 OK', { CSeq: '7 INVITE', v: 'SIP/2.0/UDP 255.255.255.255' })).getAll('Via'),
    ).to.have.length(2)
    expect(accepted(optionsWith({ 'Max-Forwards': '0' })).get('Max-Forwards')).to.equal(0)
  })

  it('RFC 4475 §3.3.12 §3.3.13 §3.3.14 SYN-20 contact parameters, URI parameters and escaped headers stay apart', () => {
    const of = (contact: string): unknown[] => {
      const read = accepted(as('REGISTER sip:h SIP/2.0', { Contact: contact })).get('Contact')
      return [read?.params.has('unknownparam'), read?.uri.params.has('unknownparam'), read?.uri.headers.length]
    }
    expect(of('sip:+19725552222@gw1.example.net;unknownparam')).to.deep.equal([true, false, 0])
    expect(of('<sip:+19725552222@gw1.example.net;unknownparam>')).to.deep.equal([false, true, 0])
    expect(of('<sip:user@example.com?Route=%3Csip:sip.example.com%3E>')).to.deep.equal([false, false, 1])
  })

  it('RFC 4475 §3.4.1 a request of RFC 2543', () => {
    const text = as(
      'INVITE sip:h SIP/2.0',
      { Via: 'SIP/2.0/UDP iftgw.example.com', From: '<sip:h>', 'Max-Forwards': undefined },
      'v=0\r\n',
    )
    const request = accepted(text.replace(/Content-Length: \d+\r\n/, 'Content-Type: application/sdp\r\n'))
    expect([request.body, request.via.branch, request.from.tag]).to.deep.equal(['v=0\r\n', undefined, undefined])
    expect(validateRequest(request)).to.equal(undefined)
  })
})

describe('RFC 5118 IPv6', () => {
  it('RFC 5118 §4.1 §4.3 §4.4 addresses with and without port', () => {
    const uriOf = (uri: string): unknown[] => {
      const { host, port } = accepted(as(`REGISTER ${uri} SIP/2.0`)).uri
      return [host, port]
    }
    expect(uriOf('sip:[2001:db8::10]')).to.deep.equal(['2001:db8::10', undefined])
    expect(uriOf('sip:[2001:db8::10:5070]')).to.deep.equal(['2001:db8::10:5070', undefined])
    expect(uriOf('sip:[2001:db8::10]:5070')).to.deep.equal(['2001:db8::10', 5070])
  })

  it('RFC 5118 §4.5 SYN-05 received with and without brackets', () => {
    for (const received of ['[2001:db8::9:255]', '2001:db8::9:255']) {
      expect(
        accepted(optionsWith({ Via: `SIP/2.0/UDP [2001:db8::9:1];received=${received};branch=z9hG4bK1` })).via.received,
      ).to.equal('2001:db8::9:255')
    }
  })

  it('RFC 5118 §4.7 §4.9 IPv4 and IPv6 mixed, IPv4 in IPv6', () => {
    const request = accepted(
      optionsWith({
        Via: 'SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bK1, SIP/2.0/TCP 192.0.2.1, SIP/2.0/TCP [::ffff:192.0.2.10]',
      }),
    )
    expect(request.getAll('Via').map(via => via.host)).to.deep.equal([
      '2001:db8::9:1',
      '192.0.2.1',
      '::ffff:192.0.2.10',
    ])
  })

  it('RFC 5118 §4.10 SYN-06 three colons are tolerated and not written', () => {
    const request = accepted(as('OPTIONS sip:user@[2001:db8:::192.0.2.1] SIP/2.0'))
    expect(String(request.uri.with({ port: 1 }))).to.equal('sip:user@[2001:db8::192.0.2.1]:1')
  })

  it('every torture message is answered or not without an exception, in strict mode too', () => {
    expect(parseMessage(optionsWith(), { strict: true }).kind).to.equal('ok')
    expect(parseMessage(`${optionsWith()}x`, { strict: true }).kind).to.equal('fault')
  })
})
