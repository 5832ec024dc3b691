/** Doing what a REFER asks for: RFC 3515 §2.4.2 to §2.4.6, RFC 4488. */

import { expect } from 'chai'
import { type RawPeer, response, type StackPeer, type Stage } from '../../../apps/scenario/scenario.js'
import type { Core, FollowOptions, Incoming } from '../../../apps/sip/sip.js'
import { hungUpBy } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

/** Does what alice asks for. */
function obliging(options?: FollowOptions): Core & { stack?: StackPeer['stack']; refers: Incoming[] } {
  return {
    name: 'obliging',
    match: () => true,
    refers: [],
    INVITE: invite => void invite.reply(200),
    REFER(refer) {
      this.refers.push(refer)
      this.stack?.follow(refer, options)
    },
  }
}

interface Called {
  readonly stage: Stage
  readonly alice: RawPeer
  readonly bob: StackPeer
  readonly carol: RawPeer
}

/** alice has called bob, who does what she says; carol is there. */
function called(body: (parts: Called) => Promise<void>, options?: FollowOptions): () => Promise<unknown> {
  const whole = async (stage: Stage): Promise<void> => {
    const core = obliging(options)
    const carol = await stage.raw('carol')
    const alice = await stage.raw('alice')
    const bob = await stage.stack('bob', { cores: [core] })
    core.stack = bob.stack
    alice.send('INVITE', { to: bob })
    await alice.expect(200)
    alice.send('ACK')
    await body({ stage, alice, bob, carol })
    await hungUpBy(alice)
    await stage.pause(40_000)
    expect(await bob.stack.census()).to.include({ dialogs: 0, calls: 0, servers: 0, clients: 0 })
  }
  return () => passing(whole)
}

function refer({ alice }: Called, to: string, more: Record<string, string | readonly string[]> = {}) {
  return alice.send('REFER', { headers: { 'Refer-To': to, Contact: `<${alice.uri()}>`, ...more } })
}

/** alice is told what bob reports, and says OK. */
async function told({ alice }: Called): Promise<string> {
  const [notify] = await alice.expect('NOTIFY')
  alice.send(200, { for: notify })
  expect(notify.raw('Content-Type')).to.deep.equal(['message/sipfrag;version=2.0'])
  return `${notify.raw('Event')[0]} ${notify.raw('Subscription-State')[0]} ${notify.body.trim()}`
}

describe('whoever is referred', () => {
  it(
    'EXT-10 RFC 3515 §2.4.2 calls whom it is told to, and tells how that goes on [3515-2.4.2-2] [3515-2.4.2-6] [3515-2.4.4-1] [3515-2.4.4-2] [3515-2.4.4-3] [3515-2.4.5-1] [3515-2.4.5-2] [3515-2.4.7-1] [3515-3.4-1]',
    called(async parts => {
      const { alice, carol } = parts
      const asked = refer(parts, `<${carol.uri()}?Replaces=12%3Bto-tag%3D7%3Bfrom-tag%3D8&Call-ID=evil>`, {
        'Referred-By': `<${alice.uri()}>`,
      })
      const event = `refer;id=${asked.cseq.number}`
      const [ok, first] = await alice.expect(response(200, { of: 'REFER' }), 'NOTIFY')
      expect(ok.getAll('Contact').length).to.equal(1)
      expect(first.body).to.equal('SIP/2.0 100 Trying\r\n')
      alice.send(200, { for: first })
      const [invite] = await carol.expect('INVITE')
      expect(invite.raw('Referred-By')).to.deep.equal([`<${alice.uri()}>`])
      expect(invite.raw('Replaces')).to.deep.equal(['12;to-tag=7;from-tag=8'])
      carol.send(180)
      expect(await told(parts)).to.equal(`${event} active;expires=300 SIP/2.0 180 Ringing`)
      carol.send(180)
      await alice.silence(100)
      carol.send(200)
      await carol.expect('ACK')
      expect(await told(parts)).to.equal(`${event} terminated;reason=noresource SIP/2.0 200 OK`)
      await hungUpBy(carol)
    }),
  )

  it(
    'RFC 3515 §2.4.4 tells each status that the call has, in the order in which it has them, each once',
    called(async parts => {
      const { alice, carol } = parts
      refer(parts, `<${carol.uri()}>`)
      const [, first] = await alice.expect(response(200, { of: 'REFER' }), 'NOTIFY')
      alice.send(200, { for: first })
      await carol.expect('INVITE')
      for (const status of [183, 180, 182]) {
        carol.send(status)
        expect(await told(parts)).to.match(new RegExp(` SIP/2.0 ${status} `))
      }
      for (const status of [183, 180, 100]) carol.send(status)
      await alice.silence(100)
      carol.send(486)
      await carol.expect('ACK')
      expect(await told(parts)).to.match(/ SIP\/2.0 486 /)
    }),
  )

  it(
    'RFC 3515 §2.4.2 what its options cannot write is thrown before it is accepted',
    called(
      async parts => {
        const { alice, bob, carol } = parts
        refer(parts, `<${carol.uri()}>`)
        await alice.expect(response(500, { of: 'REFER' }))
        await alice.silence(100)
        expect(bob.errors().join()).to.match(/REFER handler threw/)
      },
      { body: '€' },
    ),
  )

  it(
    'EXT-10 RFC 3515 §2.4.6 follows two at a time, and tells them apart [3515-2.4.6-1]',
    called(async parts => {
      const { alice, carol } = parts
      for (const status of [486, 603]) {
        const asked = refer(parts, `<${carol.uri()}>`)
        const [, first] = await alice.expect(response(200, { of: 'REFER' }), 'NOTIFY')
        alice.send(200, { for: first })
        expect(first.raw('Event')).to.deep.equal([`refer;id=${asked.cseq.number}`])
        await carol.expect('INVITE')
        carol.send(status, { reason: 'No' })
        await carol.expect('ACK')
        expect(await told(parts)).to.match(new RegExp(`terminated;reason=noresource SIP/2.0 ${status} No`))
      }
    }),
  )

  it(
    'EXT-10 RFC 3515 §2.4.2 refuses what is not exactly one Refer-To, no SIP URI, no call, or cannot be written [3515-2.4.2-3] [3515-2.4.2-4]',
    called(async parts => {
      const { alice, carol } = parts
      refer(parts, `<${carol.uri()};method=OPTIONS>`, { 'Referred-By': '<<>>' })
      await alice.expect(response(403, { of: 'REFER' }))
      refer(parts, `<${carol.uri()}>`, { 'Referred-By': '<<>>' })
      const [, first] = await alice.expect(response(200, { of: 'REFER' }), 'NOTIFY')
      alice.send(200, { for: first })
      const [invite] = await carol.expect('INVITE')
      expect(invite.has('Referred-By')).to.equal(false)
      carol.send(486)
      await carol.expect('ACK')
      await told(parts)
      const two = [`<${carol.uri()}>`, `<${carol.uri()}>`]
      for (const [to, status] of [
        [two, 400],
        [two.join(', '), 400],
        [[], 400],
        ['<tel:+1234>', 416],
        [`<${carol.uri()};method=BYE>`, 403],
        [`<${carol.uri()}?Subject=a%0D%0Ab>`, 400],
      ] as const) {
        alice.send('REFER', { headers: { 'Refer-To': to, Contact: `<${alice.uri()}>` } })
        await alice.expect(response(status, { of: 'REFER' }))
      }
      await alice.silence(100)
    }),
  )

  it(
    'EXT-10 RFC 4488 §4 tells nothing where nothing is wanted',
    called(async parts => {
      const { alice, carol } = parts
      refer(parts, `<${carol.uri()}>`, { 'Refer-Sub': 'false' })
      const [ok] = await alice.expect(response(200, { of: 'REFER' }))
      expect(ok.raw('Refer-Sub')).to.deep.equal(['false'])
      await carol.expect('INVITE')
      carol.send(404)
      await carol.expect('ACK')
      await alice.silence(1000)
    }),
  )

  it(
    'RFC 3515 §2.4.4 goes on calling when nobody wants to know any more, and asking later gets 403 [3515-2.4.4-5] [3515-2.4.4-6] [3515-2.4.6-2]',
    called(async parts => {
      const { alice, carol } = parts
      const asked = refer(parts, `<${carol.uri()}>`)
      const [, first] = await alice.expect(response(200, { of: 'REFER' }), 'NOTIFY')
      alice.send(200, { for: first })
      await carol.expect('INVITE')
      alice.send('SUBSCRIBE', {
        headers: { Event: `refer;id=${asked.cseq.number}`, Expires: '0', Contact: `<${alice.uri()}>` },
      })
      const [, last] = await alice.expect(response(200, { of: 'SUBSCRIBE' }), 'NOTIFY')
      alice.send(200, { for: last })
      carol.send(486)
      await carol.expect('ACK')
      await alice.silence(100)
      alice.send('SUBSCRIBE', { headers: { Event: 'refer', Contact: `<${alice.uri()}>` } })
      await alice.expect(response(403, { of: 'SUBSCRIBE' }))
    }),
  )

  it('EXT-10 RFC 3515 §2 outside a call has a dialog for its reports, which ends with them', () =>
    passing(async stage => {
      const core = obliging()
      const carol = await stage.raw('carol')
      const alice = await stage.raw('alice')
      const bob = await stage.stack('bob', { cores: [core] })
      core.stack = bob.stack
      alice.send('REFER', { to: bob, headers: { 'Refer-To': `<${carol.uri()}>`, Contact: `<${alice.uri()}>` } })
      const [, first] = await alice.expect(response(200, { of: 'REFER' }), 'NOTIFY')
      alice.send(200, { for: first })
      await carol.expect('INVITE')
      carol.send(486)
      await carol.expect('ACK')
      expect(await told({ stage, alice, bob, carol })).to.match(/terminated;reason=noresource SIP\/2.0 486/)
      await stage.pause(10)
      expect(await bob.stack.census()).to.include({ dialogs: 0 })
      const [again] = core.refers
      if (again !== undefined) expect(() => bob.stack.follow(again)).to.throw(TypeError)
    }))
})
