import { expect } from 'chai'
import { nobody } from '../../../apps/actor/actor.js'
import { type RawPeer, request, response, type Stage } from '../../../apps/scenario/scenario.js'
import { believed, trustOf } from '../../../apps/sip/core/asserted-identity.js'
import type { Core, PrivacyLevel, Response, StackOptions } from '../../../apps/sip/sip.js'
import { toAddress } from '../../../apps/sip/syntax/address.js'
import { createRequest } from '../../../apps/sip/syntax/request.js'
import { dialogOf, hungUp } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

const secret = /^"Anonymous" <sip:anonymous@anonymous\.invalid>;tag=/
const from = '"Alice" <sip:alice@example.com>'

describe('privacy', () => {
  it('EXT-18 RFC 3323 §4.1.1 §4.2, RFC 3325 §7 a call says that it is secret, and not who places it, in all its requests [3261-8.1.1.9-4]', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const { stack } = await stage.stack('alice')
      const call = stack.invite(bob.uri(), { from, privacy: ['critical', 'id', 'header'] })
      const headers = { From: secret, Privacy: 'id;header;critical' }
      const [invite] = await bob.expect(request('INVITE', { headers: { ...headers, 'Proxy-Require': 'privacy' } }))
      expect(String(invite.get('Contact'))).to.not.include('alice')
      bob.send(200)
      await bob.expect('ACK')
      const dialog = await dialogOf(call)
      const info = dialog.request('INFO', { headers: { Subject: 'hello' } })
      await bob.expect(request('INFO', { headers: { ...headers, Subject: 'hello', 'Proxy-Require': false } }))
      bob.send(200)
      await info
      bob.send('OPTIONS')
      await bob.expect(response(200, { headers: { Privacy: 'id;header;critical' } }))
      await hungUp(bob, dialog, { headers })
    }))

  it('EXT-18 RFC 3323 §4.2 none hides nothing, and nothing is said unless it is asked for', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const { stack } = await stage.stack('alice')
      for (const [privacy, headers] of [
        [{ privacy: 'none' }, { From: /^"Alice" <sip:alice@example\.com>/, Privacy: 'none' }],
        [{}, { From: /^"Alice" <sip:alice@example\.com>/, Privacy: false }],
        [{ privacy: 'id' }, { From: secret, Privacy: 'id', 'Proxy-Require': false }],
      ] as const) {
        const outcome = stack.request('INFO', bob.uri(), { from, ...privacy })
        await bob.expect(request('INFO', { headers }))
        bob.send(200)
        await outcome
      }
    }))

  it('EXT-18 RFC 3323 §4.2 what is critical is not sent again without it, where a proxy cannot do it', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const { stack } = await stage.stack('alice')
      const outcome = stack.request('INFO', bob.uri(), { privacy: ['id', 'critical'] })
      await bob.expect('INFO')
      bob.send(420, { headers: { Unsupported: 'privacy' } })
      expect((await outcome).kind).to.equal('rejected')
      await bob.silence(1000)
    }))

  it('EXT-18 RFC 3323 §4.2 a core asks for it in its answers, and in what it sends inside its calls', () =>
    passing(async stage => {
      const core: Core = { name: 'bob', match: () => true, privacy: 'id', INVITE: invite => void invite.reply(200) }
      const told: Core = { ...core, ACK: ack => void ack.dialog?.bye() }
      const bob = await stage.stack('bob', { cores: [told] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(response(200, { headers: { Privacy: 'id' } }))
      alice.send('ACK')
      await alice.expect(request('BYE', { headers: { Privacy: 'id' } }))
      alice.send(200)
    }))

  it('EXT-18 RFC 3323 §4.2 refuses what makes no sense', () =>
    passing(async stage => {
      const { stack } = await stage.stack('alice')
      const wrong: (readonly PrivacyLevel[])[] = [[], ['critical'], ['none', 'id'], ['id', 'id'], ['none', 'critical']]
      for (const privacy of wrong) {
        expect(() => stack.createRequest('INVITE', 'sip:bob@192.0.2.9', { privacy })).to.throw(TypeError, 'privacy')
        const core = { name: 'wrong', match: () => true, privacy }
        expect(() => stack.register(core)).to.throw(TypeError, 'privacy')
      }
    }))
})

describe('P-Asserted-Identity', () => {
  /** What a core of that stack sees of it: its match, then its handler. */
  function seen(
    options: StackOptions,
    body: (stage: Stage) => Promise<void> = async () => undefined,
  ): Promise<unknown> {
    return passing(async stage => {
      const identities: string[] = []
      const bob = await stage.stack('bob', {
        ...options,
        cores: [
          {
            name: 'bob',
            match: ({ fields }) => {
              identities.push(...fields.filter(({ header }) => header.key.startsWith('p-')).map(({ raw }) => raw))
              return true
            },
            INFO: info => {
              identities.push(...info.request.getAll('P-Asserted-Identity').map(({ uri }) => `${uri}`))
              info.reply(200)
            },
          },
        ],
      })
      const alice = await stage.raw('alice')
      const headers = {
        'P-Asserted-Identity': ['"A" <sip:alice@example.com>', 'tel:+12015550123'],
        'P-Early-Media': 'supported',
      }
      alice.send('INFO', { to: bob, headers })
      await alice.expect(200)
      const isTrusted = options.policy?.trusted?.includes(alice.place.address) === true
      expect(identities).to.deep.equal(
        isTrusted
          ? [...headers['P-Asserted-Identity'], 'supported', 'sip:alice@example.com', 'tel:+12015550123']
          : ['supported'],
      )
      await body(stage)
    })
  }

  it('EXT-18 RFC 3325 §8 of those who are not trusted comes to no core in an ACK, either', () =>
    passing(async stage => {
      const asserted: boolean[] = []
      const bob = await stage.stack('bob', {
        cores: [
          {
            name: 'bob',
            match: () => true,
            INVITE: invite => void invite.reply(200),
            ACK: ack => {
              asserted.push(ack.request.has('P-Asserted-Identity'))
              void ack.dialog?.bye()
            },
          },
        ],
      })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: bob })
      await alice.expect(200)
      alice.send('ACK', { headers: { 'P-Asserted-Identity': 'sip:boss@example.com' } })
      await alice.expect('BYE')
      alice.send(200)
      expect(asserted).to.deep.equal([false])
    }))

  /** Whether whoever asks sees it in the responses to a call, and in those inside. */
  function told(trusts: (bob: RawPeer) => boolean): Promise<unknown> {
    return passing(async stage => {
      const bob = await stage.raw('bob')
      const isTrusted = trusts(bob)
      const trusted = isTrusted ? [bob.place.address] : ['192.0.2.99']
      const { stack } = await stage.stack('alice', { policy: { trusted } })
      const headers = { 'P-Asserted-Identity': 'sip:boss@example.com', 'P-Early-Media': 'supported' }
      const shown: boolean[] = []
      const answers: string[] = []
      const look = (heard: Response): void => {
        expect(heard.has('P-Early-Media')).to.equal(true)
        shown.push(heard.has('P-Asserted-Identity'))
      }
      const answer = (_offer: string, heard: Response): string => {
        look(heard)
        answers.push('v=0\r\n')
        return 'v=0\r\n'
      }
      const call = stack.invite(bob.uri(), { answer })
      const [invite] = await bob.expect('INVITE')
      bob.send(180, { for: invite, headers })
      bob.send(200, { for: invite, headers, body: 'v=0\r\n' })
      await bob.expect('ACK')
      for await (const response of call.responses) look(response)
      const outcome = await call.outcome
      if (outcome.kind !== 'answered') throw new Error(outcome.kind)
      look(outcome.response)
      for (const status of [200, 488]) {
        const changed = outcome.dialog.reinvite({ body: 'v=0\r\n' })
        const [again] = await bob.expect('INVITE')
        bob.send(status, { for: again, headers })
        await bob.expect('ACK')
        const end = await changed
        if (end.kind === 'answered' || end.kind === 'rejected') look(end.response)
      }
      const over = outcome.dialog.bye()
      const [bye] = await bob.expect('BYE')
      bob.send(200, { for: bye, headers })
      const end = await over
      if (end.kind === 'answered') look(end.response)
      expect(answers).to.have.length(1)
      expect(shown).to.deep.equal(Array(7).fill(isTrusted))
    })
  }

  it('EXT-18 RFC 3325 §5 in responses of those who are not trusted comes to nobody', () => told(() => false))

  it('EXT-18 RFC 3325 §5 in responses of those who are trusted comes as it is', () => told(() => true))

  it('EXT-18 RFC 3325 §8 of those who are not trusted comes to no core', () => seen({}))

  it('EXT-18 RFC 3325 §8 of some others, neither', () => seen({ policy: { trusted: ['192.0.2.99', 'example.com'] } }))

  it('EXT-18 RFC 3325 §8 of who has proven a domain is believed where that is trusted, whatever its address', () => {
    const written = createRequest('INFO', 'sip:bob@example.com', {
      from: toAddress('<sip:proxy@example.net>;tag=a'),
      to: toAddress('sip:bob@example.com'),
      callId: 'a',
      cseq: 1,
      headers: { 'P-Asserted-Identity': 'sip:alice@example.com' },
    })
    const source = {
      transport: 'TLS',
      address: '192.0.2.7',
      port: 5061,
      flow: nobody,
      local: '192.0.2.1:5061',
    } as const
    const trusted = trustOf({ trusted: ['Example.NET'] })
    for (const [identities, isBelieved] of [
      [['proxy.example.org', 'EXAMPLE.net'], true],
      [['example.org'], false],
      [[], false],
    ] as const) {
      const come = believed(written, { ...source, identities }, trusted)
      expect([identities, come.has('P-Asserted-Identity')]).to.deep.equal([identities, isBelieved])
    }
  })

  it('EXT-18 RFC 3325 §8 of those who are trusted comes as it is', async () => {
    let address = ''
    await passing(async stage => {
      await stage.stack('bob')
      address = (await stage.raw('alice')).place.address
    })
    await seen({ policy: { trusted: [address] } })
  })
})
