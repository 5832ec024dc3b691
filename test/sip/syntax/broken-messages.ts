/** The broken messages of RFC 4475 and RFC 5118, in messages of our own with the same twist, and what is owed for each. */

import { optionsWith } from './samples.js'

type Changes = Readonly<Record<string, string | undefined>>

/** A request of another method, with its CSeq. */
export function as(start: string, changes: Changes = {}, body: string = ''): string {
  const method = start.split(' ')[0] ?? ''
  return optionsWith({ CSeq: `7 ${method}`, ...changes }, body).replace('OPTIONS sip:bob@example.org SIP/2.0', start)
}

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
