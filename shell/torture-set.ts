/**
 * The twists of RFC 4475 and RFC 5118 in messages of our own, and what is owed for each. The tests of the parser read them,
 * and `sipwright torture` sends them.
 */

/** An OPTIONS request whose headers can be replaced by name and added to. */
export function optionsWith(changes: Readonly<Record<string, string | undefined>> = {}, body: string = ''): string {
  const headers: Record<string, string | undefined> = {
    Via: 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKabc;rport',
    'Max-Forwards': '70',
    From: '"Ann" <sip:ann@example.com>;tag=f1',
    To: '<sip:bob@example.org>',
    'Call-ID': 'c1@192.0.2.1',
    CSeq: '7 OPTIONS',
    ...changes,
  }
  const fields = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
  return ['OPTIONS sip:bob@example.org SIP/2.0', ...fields, `Content-Length: ${body.length}`, '', body].join('\r\n')
}

type Changes = Readonly<Record<string, string | undefined>>

/** A request of another method, with its CSeq. */
export function as(start: string, changes: Changes = {}, body: string = ''): string {
  const method = start.split(' ')[0] ?? ''
  return optionsWith({ CSeq: `7 ${method}`, ...changes }, body).replace('OPTIONS sip:bob@example.org SIP/2.0', start)
}

/** Odd, and served all the same. */
export const served: readonly (readonly [title: string, text: string])[] = [
  ['RFC 4475 §3.1.1.3 escapes', as('OPTIONS sip:sips%3Auser%40example.com@example.net SIP/2.0')],
  ['RFC 4475 §3.1.1.5 a percent sign that escapes nothing', optionsWith({ Contact: '<sip:%Z%45@h>' })],
  ['RFC 4475 §3.1.1.6 no blank before the bracket', optionsWith({ From: 'caller<sip:c@h>;tag=1' })],
  ['RFC 4475 §3.1.1.9 semicolons in the user part', as('OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0')],
  ['RFC 4475 §3.2.1 a branch that is the cookie', optionsWith({ Via: 'SIP/2.0/UDP 192.0.2.1;rport;branch=z9hG4bK' })],
  ['RFC 5118 §4.1 IPv6 in the Request-URI', as('OPTIONS sip:[2001:db8::10] SIP/2.0')],
  [
    'RFC 5118 §4.5 received in brackets',
    optionsWith({ Via: 'SIP/2.0/UDP [2001:db8::9:1];rport;received=[2001:db8::9:255];branch=z9hG4bKabc' }),
  ],
  ['RFC 5118 §4.10 three colons', optionsWith({ To: '<sip:user@[2001:db8:::192.0.2.1]>' })],
]

/** 400 unless a status is given. */
export const broken: readonly (readonly [title: string, text: string, status?: number])[] = [
  [
    'RFC 4475 §3.1.2.1 SYN-02 extra separators in Via',
    as('INVITE sip:h SIP/2.0', { Via: 'SIP/2.0/UDP 192.0.2.15;;,;,,', Contact: '"Joe" <sip:j@h>;;;;' }),
  ],
  ['RFC 4475 §3.1.2.2 Content-Length beyond the datagram', optionsWith({}, 'x').replace('Length: 1', 'Length: 9999')],
  ['RFC 4475 §3.1.2.3 negative Content-Length', optionsWith({}, 'x').replace('Length: 1', 'Length: -999')],
  [
    'RFC 4475 §3.1.2.4 overlarge numbers',
    as('REGISTER sip:h SIP/2.0', {
      CSeq: '36893488147419103232 REGISTER',
      'Max-Forwards': '300',
      Expires: '1000000000000000000000',
    }),
  ],
  ['RFC 4475 §3.1.2.6 a quoted string without its end', as('INVITE sip:h SIP/2.0', { To: '"Mr. J. User <sip:j@h>' })],
  ['RFC 4475 §3.1.2.7 brackets around the Request-URI', as('INVITE <sip:user@h> SIP/2.0')],
  ['RFC 4475 §3.1.2.8 blanks within the Request-URI', as('INVITE sip:user@h; lr SIP/2.0')],
  ['RFC 4475 §3.1.2.9 several blanks in the request line', as('INVITE  sip:user@h  SIP/2.0')],
  ['RFC 4475 §3.1.2.10 blanks at its end', as('OPTIONS sip:h SIP/2.0  ')],
  ['RFC 4475 §3.1.2.14 blanks within an addr-spec', optionsWith({ To: '"Watson, Thomas" < sip:t.watson@h >' })],
  [
    'RFC 4475 §3.1.2.15 a display name that is no token',
    optionsWith({ From: 'Bell, Alexander <sip:a.g.bell@h>;tag=43' }),
  ],
  ['RFC 4475 §3.1.2.16 an unknown version', as('OPTIONS sip:h SIP/7.0'), 505],
  ['RFC 4475 §3.1.2.17 another method in CSeq', as('OPTIONS sip:h SIP/2.0', { CSeq: '8 INVITE' })],
  [
    'RFC 4475 §3.1.2.18 another method in CSeq of an unknown one',
    as('NEWMETHOD sip:h SIP/2.0', { CSeq: '8 INVITE' }),
    501,
  ],
  [
    'RFC 4475 §3.3.1 no Call-ID, From and To',
    as('INVITE sip:h SIP/2.0', { 'Call-ID': undefined, From: undefined, To: undefined }),
  ],
  [
    'RFC 4475 §3.3.8 several values of what has one',
    as('INVITE sip:h SIP/2.0', { f: '<sip:x>;tag=2', cseq: '8 INVITE' }),
  ],
  ['RFC 4475 §3.3.9 several Content-Lengths', optionsWith({ 'content-length': '13' }, 'There')],
  ['RFC 5118 §4.2 SYN-04 an IPv6 address without brackets', as('REGISTER sip:2001:db8::10 SIP/2.0')],
]

/** Made to be slow, large or confusing: so many octets of one thing. */
export const hostile: Readonly<Record<string, (octets: number) => string>> = {
  'one token': octets => optionsWith({ 'X-A': 'a'.repeat(octets) }),
  'folded lines': octets => optionsWith({ Subject: 'a\r\n '.repeat(octets / 4) }),
  'Via values': octets => optionsWith({ v: `SIP/2.0/UDP h${',SIP/2.0/UDP h'.repeat(octets / 14)}` }),
  'Route values without brackets': octets => optionsWith({ Route: `sip:a${',sip:a'.repeat(octets / 6)}` }),
  'Contact brackets not closed': octets => optionsWith({ Contact: '<'.repeat(octets) }),
  'Contact lines not closed': octets => optionsWith({ Contact: '<sip:a\r\nContact: '.repeat(octets / 16) }),
  quotes: octets => optionsWith({ Contact: '"'.repeat(octets) }),
  backslashes: octets => optionsWith({ Contact: `"${'\\'.repeat(octets)}` }),
  'deep comments': octets => optionsWith({ 'Retry-After': `1 ${'('.repeat(octets)}` }),
  parameters: octets => optionsWith({ Contact: `<sip:h>${';a'.repeat(octets / 2)}` }),
  'URI parameters': octets => optionsWith({ Contact: `<sip:h${';a'.repeat(octets / 2)}>` }),
  'URI headers': octets => optionsWith({ Contact: `<sip:h?${'a=b&'.repeat(octets / 4)}a=b>` }),
  escapes: octets => optionsWith({ Contact: `<sip:${'%41'.repeat(octets / 3)}@h>` }),
  colons: octets => optionsWith({ Contact: `<sip:${':'.repeat(octets)}@h>` }),
  'lines without colons': octets => optionsWith({ 'X-A': 'b\r\nc'.repeat(octets / 4) }),
  'empty lines with blanks': octets => optionsWith({ 'X-A': '\r\n '.repeat(octets / 3) }),
  commas: octets => optionsWith({ Allow: ','.repeat(octets), Accept: ','.repeat(10) }),
  semicolons: octets => optionsWith({ Privacy: 'a;'.repeat(octets / 2) }),
  blanks: octets => optionsWith({ From: `<sip:h>${' '.repeat(octets)}` }),
  'dots in a number': octets => optionsWith({ Timestamp: '1.'.repeat(octets / 2) }),
  'LF only': octets => optionsWith({ 'X-A': 'a\nX-A: b'.repeat(octets / 9) }),
  'header names': octets => optionsWith({ ['X'.repeat(octets)]: 'a' }),
}

/** What becomes of a message: a status is its answer; `served` is an answer that complains of nothing. */
export type Owed = number | 'served' | 'ignored' | 'survives'

export interface TortureCase {
  readonly title: string
  readonly text: string
  /** Any of these; `survives` is whatever, as long as others are served after it. */
  readonly owed: readonly Owed[]
}

/** Octets of what is too large to be anything, and fits into a datagram. */
const LARGE = 60_000

/** What is owed by elements, and not by parsers alone. */
const elementary: readonly TortureCase[] = [
  {
    title: 'RFC 4475 §3.1.1.2 every character that a method may hold',
    text: as("!interesting-Method0123456789_*+`.%indeed'~ sip:bob@example.org SIP/2.0"),
    owed: [405, 501],
  },
  {
    title: 'RFC 4475 §3.1.1.7 long values',
    text: optionsWith({ To: `"${'long'.repeat(200)}" <sip:bob@example.org;p=${'long'.repeat(200)}>` }),
    owed: ['served'],
  },
  {
    title: 'RFC 4475 §3.1.1.8 octets after the body of a datagram',
    text: `${optionsWith()}more\r\n`,
    owed: ['served', 'survives'],
  },
  {
    title: 'RFC 4475 §3.1.1.12 a response that nobody waits for',
    text: as('SIP/2.0 200 = 2**3 * 5**2', { CSeq: '7 INVITE' }),
    owed: ['ignored'],
  },
  {
    title: 'RFC 4475 §3.1.2.5 an overlarge CSeq in a response',
    text: as('SIP/2.0 503 x', { CSeq: '9292394834772304023312 OPTIONS' }),
    owed: ['ignored'],
  },
  {
    title: 'RFC 4475 §3.1.2.11 headers in the Request-URI',
    text: as('OPTIONS sip:bob@example.org?Route=%3Csip:h%3E SIP/2.0'),
    owed: [400, 'served'],
  },
  {
    title: 'RFC 4475 §3.1.2.12 a Date in another zone',
    text: optionsWith({ Date: 'Fri, 01 Jan 2010 16:00:00 EST' }),
    owed: ['served', 400],
  },
  {
    title: 'RFC 4475 §3.1.2.19 an overlarge status',
    text: as('SIP/2.0 4294967301 better', { CSeq: '1 INVITE' }),
    owed: ['ignored'],
  },
  { title: 'RFC 4475 §3.3.2 an unknown scheme', text: as('OPTIONS nobodyKnows:opaque SIP/2.0'), owed: [416] },
  {
    title: 'RFC 4475 §3.3.5 an unknown option tag',
    text: optionsWith({ Require: 'nothingSupportsThis' }),
    owed: [420],
  },
  {
    title: 'RFC 4475 §3.3.6 an unknown content',
    text: as(
      'INVITE sip:bob@example.org SIP/2.0',
      { Contact: '<sip:a@192.0.2.1>', 'Content-Type': 'application/unknownformat' },
      '<audio/>',
    ),
    owed: [415],
  },
  {
    title: 'RFC 4475 §3.3.10 a response with a broadcast Via',
    text: as('SIP/2.0 200 OK', { CSeq: '7 INVITE', v: 'SIP/2.0/UDP 255.255.255.255' }),
    owed: ['ignored'],
  },
  { title: 'RFC 4475 §3.3.11 no hops left', text: optionsWith({ 'Max-Forwards': '0' }), owed: ['served', 483] },
  { title: 'RFC 5626 §4.4.1 line ends alone', text: '\r\n\r\n', owed: ['ignored'] },
  { title: 'no SIP at all', text: 'GET / HTTP/1.1\r\nHost: example.org\r\n\r\n', owed: ['survives'] },
  {
    title: 'all octets',
    text: String.fromCharCode(...Array.from({ length: 256 }, (_, octet) => octet)),
    owed: ['survives'],
  },
]

/** All of it, in the order of sending. */
export const tortureSet: readonly TortureCase[] = [
  ...served.map(([title, text]): TortureCase => ({ title, text, owed: ['served'] })),
  ...broken.map(([title, text, status = 400]): TortureCase => ({ title, text, owed: [status] })),
  ...elementary,
  ...Object.entries(hostile).map(
    ([name, make]): TortureCase => ({ title: `60 KB of ${name}`, text: make(LARGE), owed: ['survives'] }),
  ),
]
