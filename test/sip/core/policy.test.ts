/** What a core does not take: §8.2, §11.2. */

import { expect } from 'chai'
import { type Core, SipStack } from '../../../apps/sip/sip.js'
import { passing } from '../../scenario/passing.js'
import { answered, sdp } from './checked.js'

type Row = readonly [
  title: string,
  method: string,
  options: Parameters<typeof answered>[3],
  answer: readonly [number, Record<string, string>?],
  core?: Partial<Core>,
]

const allow = { Allow: 'INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE, PRACK' }
const de = { acceptLanguage: ['de', 'fr'] }

function parts(subtype: string, ...texts: readonly string[]): Row[2] {
  const body = `${texts.map(text => `--x\r\n${text}\r\n`).join('')}--x--\r\n`
  return { headers: { 'Content-Type': `multipart/${subtype};boundary=x` }, body }
}

const sdpPart = 'Content-Type: application/sdp\r\n\r\nv=0'
const isupPart = 'Content-Type: application/isup\r\n\r\nx'
const optionalPart = `Content-Disposition: signal;handling=optional\r\n${isupPart}`

const rows: readonly Row[] = [
  [
    '§8.2.1 a method without a handler gets 405 [UAS-01] [3261-8.2.1-1] [3261-8.2.1-2] [3261-8.2.1-3] [3261-8.2.1-4]',
    'INFO',
    {},
    [405, allow],
  ],
  ['§21.5.2 a method that nobody knows gets 501 [UAS-01]', 'NEWMETHOD', {}, [501, allow]],
  [
    '§21.5.2 a method that nobody knows gets 501 though nobody takes the request',
    'NEWMETHOD',
    { uri: 'sip:nobody@a.invalid' },
    [501],
  ],
  ['§8.2.1 the method comes before all else', 'INFO', { headers: { Require: 'x' }, uri: 'http://a.invalid/' }, [405]],
  [
    '§8.2.2.1 a scheme that is not known gets 416 [UAS-02] [3261-8.2.2.1-3]',
    'OPTIONS',
    { uri: 'nobodyknowsthis:totallyopaque' },
    [416],
  ],
  [
    '§8.2.2.1 a scheme that the core does not serve gets 416',
    'INVITE',
    { uri: 'tel:+1-201-555-0123' },
    [416],
    { schemes: ['sip'] },
  ],
  ['§8.2.2.1 a tel URI is taken unless the core says otherwise', 'INVITE', { uri: 'tel:+1-201-555-0123' }, [486]],
  [
    '§8.2.2.1 nobody here by that name: 404 [UAS-03] [3261-8.2.2.1-4]',
    'INVITE',
    { uri: 'sip:nobody@a.invalid' },
    [404],
  ],
  ['§8.2.2.1 the To may name anybody [3261-8.2.2.1-1]', 'OPTIONS', { headers: { To: '<tel:+1-201-555-0123>' } }, [200]],
  ['§19.1.1 headers in the Request-URI get 400', 'OPTIONS', { uri: 'sip:bob@a.invalid?Route=%3Csip:a%3E' }, [400]],
  ['§8.2.2 a header that nobody knows is ignored [3261-8.2.2-1]', 'MESSAGE', { headers: { 'X-New': '!' } }, [202]],
  [
    '§8.2.2 a malformed header that is not needed is ignored [3261-8.2.2-2]',
    'MESSAGE',
    { headers: { Expires: 'soon', Date: 'now' } },
    [202],
  ],
  [
    '§8.2.2.3 Unsupported lists exactly what is not understood [UAS-05] [3261-8.2.2.3-1] [3261-8.2.2.3-2]',
    'OPTIONS',
    { headers: { Require: 'path, 100rel, other' } },
    [420, { Unsupported: 'path, other' }],
    { supported: ['100REL'] },
  ],
  ['§8.2.2.3 a Require that cannot be read gets 400', 'MESSAGE', { headers: { Require: 'a b' } }, [400]],
  ['§20.15 a body without a type gets 400', 'MESSAGE', { body: 'Hi' }, [400]],
  [
    '§8.2.3 a call is described by SDP [UAS-07] [3261-8.2.3-1] [3261-8.2.3-2]',
    'INVITE',
    { headers: { 'Content-Type': 'application/unknown' }, body: 'x' },
    [415, { Accept: 'application/sdp' }],
  ],
  [
    '§8.2.3 other methods take any type unless the core says otherwise',
    'MESSAGE',
    { headers: { 'Content-Type': 'application/unknown' }, body: 'x' },
    [202],
  ],
  [
    '§8.2.3 a core names the types that it understands',
    'MESSAGE',
    { headers: { 'Content-Type': 'image/png' }, body: 'x' },
    [415, { Accept: 'text/plain, text/html' }],
    { accept: ['text/plain', 'text/html'] },
  ],
  [
    '§8.2.3 a core names them with wildcards',
    'INVITE',
    { headers: { 'Content-Type': 'image/png' }, body: 'x' },
    [486],
    { accept: ['image/*'] },
  ],
  [
    '§8.2.3 an encoding that is not understood gets 415 [UAS-07] [3261-8.2.3-3]',
    'MESSAGE',
    { headers: { 'Content-Type': 'text/plain', 'Content-Encoding': 'gzip' }, body: 'x' },
    [415, { 'Accept-Encoding': 'identity' }],
  ],
  [
    '§8.2.3 an encoding that the core understands is taken',
    'MESSAGE',
    { headers: { 'Content-Type': 'text/plain', 'Content-Encoding': 'GZIP' }, body: 'x' },
    [202],
    { acceptEncoding: ['gzip'] },
  ],
  [
    '§8.2.3 a language that is not understood gets 415 [UAS-07] [3261-8.2.3-4]',
    'MESSAGE',
    { headers: { 'Content-Type': 'text/plain', 'Content-Language': 'en' }, body: 'x' },
    [415, { 'Accept-Language': 'de, fr' }],
    de,
  ],
  [
    'RFC 4647 §3.3.1 a language is for its regions, too',
    'MESSAGE',
    { headers: { 'Content-Type': 'text/plain', 'Content-Language': 'de-AT' }, body: 'x' },
    [202],
    de,
  ],
  [
    '§20.11 what is optional need not be understood [UAS-07]',
    'INVITE',
    {
      headers: { 'Content-Type': 'x/y', 'Content-Encoding': 'gzip', 'Content-Disposition': 'render;handling=optional' },
      body: 'x',
    },
    [486],
  ],
  [
    '§8.2.3 all parts of a body have to be understood',
    'INVITE',
    parts('mixed', sdpPart, isupPart),
    [415, { Accept: 'application/sdp' }],
  ],
  ['§8.2.3 an optional part need not be [UAS-17]', 'INVITE', parts('mixed', optionalPart, sdpPart), [486]],
  ['RFC 2046 §5.1.4 of alternatives one has to be', 'INVITE', parts('alternative', isupPart, sdpPart), [486]],
  ['RFC 2046 §5.1.4 of alternatives none is', 'INVITE', parts('alternative', isupPart, isupPart), [415]],
  [
    '§7.4.1 parts that cannot be told apart get 400',
    'INVITE',
    { headers: { 'Content-Type': 'multipart/mixed' }, body: '--x' },
    [400],
  ],
  ['§21.4.11 a body that is too large gets 413', 'INVITE', { body: sdp }, [413], { largestBody: sdp.length - 1 }],
  ['§21.4.11 a body that is not too large gets none', 'INVITE', { body: sdp }, [486], { largestBody: sdp.length }],
  [
    '§21.4.7 a caller who takes no session description gets 406 [UAS-14]',
    'INVITE',
    { headers: { Accept: 'text/plain' } },
    [406],
  ],
  [
    '§20.1 a caller who takes anything gets an answer',
    'INVITE',
    { headers: { Accept: 'text/plain, application/*' } },
    [486],
  ],
  ['§20.1 a caller who takes nothing gets 406', 'INVITE', { headers: { Accept: '' } }, [406]],
  [
    '§16.3 Max-Forwards 0 is any number to an endpoint [UAS-13]',
    'OPTIONS',
    { headers: { 'Max-Forwards': '0' } },
    [200],
  ],
  [
    '§11.2 options_200 OPTIONS tells what the core can do [OPT-02] [3261-11-1] [3261-11.2-2]',
    'OPTIONS',
    {},
    [
      200,
      {
        ...allow,
        Accept: 'application/sdp',
        'Accept-Encoding': 'identity',
        'Accept-Language': '*',
        Supported: 'timer',
      },
    ],
  ],
  [
    '§11.2 OPTIONS tells the policy of the core',
    'OPTIONS',
    {},
    [
      200,
      {
        Accept: 'text/plain',
        'Accept-Encoding': 'gzip',
        'Accept-Language': 'de, fr',
        Supported: '100rel, timer',
        Server: 'Test/1.0',
      },
    ],
    { ...de, accept: ['text/plain'], acceptEncoding: ['gzip'], supported: ['100rel', 'timer'], server: 'Test/1.0' },
  ],
  ['§11.2 OPTIONS gets what a call gets [OPT-01] [3261-11.2-1]', 'OPTIONS', {}, [486], { refuses: () => 486 }],
  ['§11.2 a call gets what OPTIONS gets [OPT-01] [3261-11.2-1]', 'INVITE', {}, [480], { refuses: () => 480 }],
  [
    '§11.2 OPTIONS from who takes no session description gets a 200 without one',
    'OPTIONS',
    { headers: { Accept: 'text/plain' } },
    [200],
  ],
  [
    '§21.5.2 options_501 a core can say 501 itself, and tells what it allows',
    'OPTIONS',
    {},
    [501, allow],
    { OPTIONS: options => void options.reply(501) },
  ],
  [
    '§13.3.1.4 invite_200 a 2xx to INVITE tells what the callee can do',
    'INVITE',
    {},
    [200, { ...allow, Supported: 'timer' }],
    { supported: ['timer'], INVITE: invite => void invite.reply(200) },
  ],
  [
    '§20.5 a core allows what it says; what has no handler then gets 501',
    'SUBSCRIBE',
    {},
    [501, { Allow: 'INVITE, SUBSCRIBE' }],
    { allow: ['INVITE', 'SUBSCRIBE'] },
  ],
  [
    '§20.5 a core that does not allow a method does not get it',
    'MESSAGE',
    {},
    [405, { Allow: 'INVITE, OPTIONS' }],
    { allow: ['INVITE', 'OPTIONS'] },
  ],
]

describe('what goes for all cores', () => {
  it('is refused at the start where it can be told to nobody, and not when the first core comes', async () => {
    const trustless = { trusted: ['192.0.2.0/24'] }
    for (const policy of [{ sessionTimer: { expires: 5 } }, { server: 'a\r\nb' }, { supported: ['a b'] }, trustless]) {
      const refused = await SipStack.start({ listen: ['udp:127.0.0.1:0'], policy }).then(
        stack => stack.close(),
        (error: unknown) => error,
      )
      expect(refused).to.be.an.instanceOf(TypeError)
    }
  })
})

describe('the policy of a core', () => {
  for (const [title, method, options, answer, core = {}] of rows) {
    it(title, () => passing(stage => answered(stage, core, method, options, answer)))
  }
})
