import { expect } from 'chai'
import {
  and,
  contains,
  equal,
  exists,
  matcherOf,
  not,
  or,
  type Pattern,
  subdomainOf,
} from '../../apps/servlet/servlet.js'
import { parseMessage, type Request } from '../../apps/sip/sip.js'

const usual = {
  uri: 'sip:watson@boston.bell-telephone.com;transport=udp',
  from: '"A. Bell" <sip:a.g.bell@bell-tel.com:5070>;tag=3',
  to: 'T. Watson <sips:watson@Boston.bell-telephone.com>',
  route: '',
}

function invite(parts: Partial<typeof usual> = {}): Request {
  const { uri, from, to, route } = { ...usual, ...parts }
  const lines = [
    `INVITE ${uri} SIP/2.0`,
    'Via: SIP/2.0/UDP kton.bell-tel.com:5060;branch=z9hG4bK1',
    `From: ${from}`,
    `To: ${to}`,
    ...(route === '' ? [] : [`Route: ${route}`]),
    'Call-ID: 662606876@kton.bell-tel.com',
    'CSeq: 1 INVITE',
    'Max-Forwards: 70',
    'Content-Length: 0',
  ]
  const parsed = parseMessage(`${lines.join('\r\n')}\r\n\r\n`)
  if (parsed.kind !== 'ok' || parsed.message.kind !== 'request') throw new Error(lines.join('\n'))
  return parsed.message
}

function holds(pattern: Pattern, parts: Partial<typeof usual> = {}): boolean {
  return matcherOf(pattern)(invite(parts))
}

describe('patterns of servlet mappings', () => {
  it('JSR 116 §11 and, or and not combine conditions', () => {
    const yes = equal('request.method', 'INVITE')
    const no = equal('request.method', 'BYE')
    expect(holds(and(yes, yes))).to.equal(true)
    expect(holds(and(yes, no))).to.equal(false)
    expect(holds(or(no, yes))).to.equal(true)
    expect(holds(or(no, no))).to.equal(false)
    expect(holds(not(no))).to.equal(true)
    expect(holds(and(yes, or(no, not(and(yes, no)))))).to.equal(true)
  })

  it('JSR 116 §11 the example of the specification: a user of a domain, without a parameter, at a port', () => {
    const pattern = and(
      or(equal('request.uri.scheme', 'sip'), equal('request.uri.scheme', 'sips')),
      equal('request.uri.user', 'watson'),
      subdomainOf('request.uri.host', 'bell-telephone.com'),
      not(exists('request.uri.param.maddr')),
      equal('request.uri.param.transport', 'udp'),
      equal('request.uri.port', '5060'),
    )
    expect(holds(pattern)).to.equal(true)
    expect(holds(pattern, { uri: 'sip:watson@bell-telephone.com:5070;transport=udp' })).to.equal(false)
    expect(holds(pattern, { uri: 'sip:watson@bell-telephone.com;transport=udp;maddr=10.0.0.1' })).to.equal(false)
    expect(holds(pattern, { uri: 'sip:watson@bell-telephone.com;transport=tcp' })).to.equal(false)
    expect(holds(pattern, { uri: 'tel:+1-617-555-0100' })).to.equal(false)
  })

  it('equal minds the case unless told not to', () => {
    expect(holds(equal('request.uri.user', 'Watson'))).to.equal(false)
    expect(holds(equal('request.uri.user', 'Watson', 'ignore-case'))).to.equal(true)
    expect(holds(equal('request.uri.user', 'watso'))).to.equal(false)
  })

  it('contains finds a part of a value', () => {
    expect(holds(contains('request.from.display-name', 'Bell'))).to.equal(true)
    expect(holds(contains('request.from.display-name', 'bell'))).to.equal(false)
    expect(holds(contains('request.from.display-name', 'bell', 'ignore-case'))).to.equal(true)
    expect(holds(contains('request.from', ':5070>;tag=3'))).to.equal(true)
  })

  it('subdomain-of takes the domain and what is below it, in any case, and nothing that only ends so', () => {
    const pattern = subdomainOf('request.to.uri.host', 'Bell-Telephone.com')
    expect(holds(pattern)).to.equal(true)
    expect(holds(pattern, { to: '<sip:bell-telephone.com>' })).to.equal(true)
    expect(holds(pattern, { to: '<sip:not-bell-telephone.com>' })).to.equal(false)
    expect(holds(pattern, { to: '<sip:bell-telephone.com.example.com>' })).to.equal(false)
  })

  it('subdomain-of a telephone number takes the numbers that begin so', () => {
    const pattern = subdomainOf('request.uri.tel', '+1617')
    expect(holds(pattern, { uri: 'tel:+1-(617)-555.0100' })).to.equal(true)
    expect(holds(pattern, { uri: 'tel:+1-716-555-0100' })).to.equal(false)
  })

  it('tel is the number of a tel URI or of user=phone, without visual separators', () => {
    const number = equal('request.uri.tel', '+16175550100')
    expect(holds(number, { uri: 'tel:+1-617-555-0100' })).to.equal(true)
    expect(holds(number, { uri: 'sip:+1(617)555-0100@gw.example.com;user=phone' })).to.equal(true)
    expect(holds(number, { uri: 'sip:+16175550100@gw.example.com' })).to.equal(false)
    expect(holds(not(exists('request.uri.tel')))).to.equal(true)
  })

  it('parameters of tel URIs are seen, their host, user and port are not there', () => {
    const uri = 'tel:7042;phone-context=example.com'
    expect(holds(equal('request.uri.param.phone-context', 'example.com'), { uri })).to.equal(true)
    for (const part of ['host', 'user', 'port'] as const) {
      expect(holds(exists(`request.uri.${part}`), { uri })).to.equal(false)
    }
  })

  it('port is 5060, and 5061 for sips, where none is written', () => {
    expect(holds(equal('request.uri.port', '5060'))).to.equal(true)
    expect(holds(equal('request.to.uri.port', '5061'))).to.equal(true)
    expect(holds(equal('request.from.uri.port', '5070'))).to.equal(true)
  })

  it('route is the topmost Route, and absent without one', () => {
    const route = '<sip:app@as1.example.com;lr>, <sip:as2.example.com;lr>'
    expect(holds(equal('request.route.uri.host', 'as1.example.com'), { route })).to.equal(true)
    expect(holds(exists('request.route.uri.param.lr'), { route })).to.equal(true)
    expect(holds(equal('request.route', '<sip:app@as1.example.com;lr>'), { route })).to.equal(true)
    expect(holds(exists('request.route'))).to.equal(false)
    expect(holds(exists('request.route.uri.user'))).to.equal(false)
  })

  it('a URI as a whole is compared as it was written', () => {
    expect(holds(equal('request.uri', usual.uri))).to.equal(true)
    expect(holds(equal('request.from.uri', 'sip:a.g.bell@bell-tel.com:5070'))).to.equal(true)
  })

  it('a variable that is absent makes every condition false but not', () => {
    const parts = { to: '<sip:boston.bell-telephone.com>' }
    expect(holds(equal('request.to.uri.user', ''), parts)).to.equal(false)
    expect(holds(contains('request.to.display-name', ''), parts)).to.equal(false)
    expect(holds(not(exists('request.to.uri.user')), parts)).to.equal(true)
  })

  it('a variable that there is not is refused before any request comes', () => {
    const wrong = [
      'request',
      'request.body',
      'request.method.name',
      'request.from.host',
      'request.uri.display-name',
      'request.uri.path',
      'request.uri.param',
      'request.uri.param.',
      'request.uri.param.a.b',
      'request.contact.uri',
      'response.method',
      'request.to.uri.port.x',
      '',
    ]
    for (const variable of wrong) {
      // As plain data may say, whatever the types say.
      const pattern: Pattern = JSON.parse(JSON.stringify({ kind: 'exists', variable }))
      expect(() => matcherOf(not(pattern)), variable).to.throw(TypeError, `there is no variable ${variable}`)
    }
  })

  it('and, or need something to combine', () => {
    expect(() => matcherOf(and())).to.throw(TypeError)
    expect(() => matcherOf(and(or()))).to.throw(TypeError)
  })
})
