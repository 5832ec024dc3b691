/** What an INVITE says of what we can, and what of it an application says in our place. */

import { expect } from 'chai'
import type { InviteOptions, Request } from '../../../apps/sip/sip.js'
import { passing } from '../../scenario/passing.js'

const sdp = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n'

/** How each of them stands in the message, on lines of its own. */
function said(invite: Request): object {
  return Object.fromEntries(['Allow', 'Supported', 'Contact', 'Recv-Info'].map(name => [name, invite.raw(name)]))
}

describe('sip/core: abilities', () => {
  for (const isMade of [false, true]) {
    const how = isMade ? 'made before' : 'made from a URI'

    it(`§13.2.1 an INVITE ${how} has one Allow and one Supported with a body and without, unless the application has [3261-13.2.1-1]`, () =>
      passing(async stage => {
        const bob = await stage.raw('bob')
        const { stack } = await stage.stack('alice')
        const invited = async (options: InviteOptions): Promise<object> => {
          const call = stack.invite(isMade ? stack.createRequest('INVITE', bob.uri(), options) : bob.uri(), options)
          const [invite] = await bob.expect('INVITE')
          bob.send(486)
          await bob.expect('ACK')
          await call.outcome
          return said(invite)
        }
        const contact = [`<sip:anonymous@${stack.listening[0]?.slice(4)}>`]
        const usual = {
          Allow: ['INVITE, ACK, CANCEL, BYE, OPTIONS'],
          Supported: ['100rel, timer'],
          Contact: contact,
          'Recv-Info': [],
        }
        expect(await invited({})).to.deep.equal(usual)
        expect(await invited({ body: sdp })).to.deep.equal(usual)
        expect(await invited({ reliable: 'unsupported', sessionTimer: false })).to.deep.equal({
          ...usual,
          Supported: [],
        })
        const own = '<sip:here@192.0.2.77>'
        expect(await invited({ contact: 'sip:here@192.0.2.77' })).to.deep.equal({ ...usual, Contact: [own] })
        const chosen = { allow: 'INVITE, FLY', k: '', m: '<sip:there@192.0.2.78>' }
        for (const body of [undefined, sdp]) {
          const options = { headers: chosen, contact: 'sip:here@192.0.2.77', infoPackages: ['a'] }
          expect(await invited(body === undefined ? options : { ...options, body })).to.deep.equal({
            Allow: ['INVITE, FLY'],
            Supported: [''],
            Contact: ['<sip:there@192.0.2.78>'],
            'Recv-Info': ['a'],
          })
        }
      }))
  }

  it('§8.1.1 a request that is made to be changed says of itself only what the application has said', () =>
    passing(async stage => {
      const { stack } = await stage.stack('alice')
      const made = stack.createRequest('INVITE', 'sip:bob@192.0.2.9', { body: sdp })
      expect(said(made)).to.deep.equal({ Allow: [], Supported: [], Contact: [], 'Recv-Info': [] })
      expect(made.raw('Content-Type')).to.deep.equal(['application/sdp'])
    }))
})
