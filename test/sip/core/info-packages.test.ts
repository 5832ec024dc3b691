import { expect } from 'chai'
import { type RawPeer, request, response, type StackPeer } from '../../../apps/scenario/scenario.js'
import type { ActiveDialog, Core } from '../../../apps/sip/sip.js'
import { dialogOf, hungUp, hungUpBy } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

interface Seen {
  readonly infos: string[]
  dialog?: ActiveDialog | undefined
}

/** A callee that tells what INFO it got. */
function callee(infoPackages: readonly string[] | undefined, seen: Seen): Core {
  return {
    name: 'callee',
    match: () => true,
    ...(infoPackages === undefined ? {} : { infoPackages }),
    INVITE: invite => {
      invite.reply(180)
      invite.reply(183, { reliable: true })
      invite.after(500, () => invite.reply(200))
    },
    ACK: ack => {
      seen.dialog = ack.dialog
    },
    INFO: info => {
      seen.infos.push(info.request.get('Info-Package')?.value ?? 'legacy')
      info.reply(200)
    },
    UPDATE: update => update.reply(200),
    reINVITE: invite => invite.reply(200),
  }
}

/** alice calls bob's stack; ended when the body has been. */
function called(
  infoPackages: readonly string[] | undefined,
  recvInfo: string | undefined,
  body: (alice: RawPeer, bob: StackPeer, seen: Seen) => Promise<void>,
): Promise<unknown> {
  return passing(async stage => {
    const seen: Seen = { infos: [] }
    const bob = await stage.stack('bob', { cores: [callee(infoPackages, seen)] })
    const alice = await stage.raw('alice')
    const told = { headers: { 'Recv-Info': infoPackages !== undefined && recvInfo !== undefined } }
    const headers = { Supported: '100rel', ...(recvInfo === undefined ? {} : { 'Recv-Info': recvInfo }) }
    alice.send('INVITE', { to: bob, headers })
    await alice.expect(response(180, { headers: { 'Recv-Info': false } }))
    const [ringing] = await alice.expect(response(183, told))
    alice.send('PRACK', { headers: { RAck: `${ringing.raw('RSeq')[0]} ${ringing.raw('CSeq')[0]}` } })
    await alice.expect(response(200, { of: 'PRACK' }))
    const [ok] = await alice.expect(response(200, { of: 'INVITE', ...told }))
    expect(ok.raw('Recv-Info')).to.deep.equal(ringing.raw('Recv-Info'))
    alice.send('ACK')
    await body(alice, bob, seen)
    await hungUpBy(alice)
  })
}

describe('INFO', () => {
  it('EXT-14 RFC 6086 §4.2.2 §5.2.3 of an unknown package gets 469 with Recv-Info, and the call goes on; one of no package is as ever', () =>
    called(['DTMF', 'conference'], '', async (alice, _, { infos }) => {
      for (const name of ['unknown', 'dtmf;duration=160', '']) {
        alice.send('INFO', { headers: { 'Info-Package': name } })
        const isKnown = name.startsWith('dtmf')
        const told = isKnown ? false : 'DTMF, conference'
        await alice.expect(response(isKnown ? 200 : 469, { headers: { 'Recv-Info': told } }))
      }
      alice.send('INFO')
      await alice.expect(200)
      expect(infos).to.deep.equal(['dtmf', 'legacy'])
    }))

  it('EXT-14 RFC 6086 §5.2.2 §5.2.3 packages are told in what answers UPDATE and re-INVITE, too, where their sender tells his', () =>
    called(['dtmf'], 'conference', async alice => {
      for (const headers of [{ 'Recv-Info': '' }, {}]) {
        const told = { headers: { 'Recv-Info': 'Recv-Info' in headers ? 'dtmf' : false } }
        alice.send('UPDATE', { headers })
        await alice.expect(response(200, { of: 'UPDATE', ...told }))
        alice.send('INVITE', { headers })
        await alice.expect(response(200, { of: 'INVITE', ...told }))
        alice.send('ACK')
      }
    }))

  it('EXT-14 RFC 6086 §5.2.2 who wants none of them says so by an empty line', () =>
    called([], 'conference', async (alice, _, { infos }) => {
      alice.send('INFO', { headers: { 'Info-Package': 'dtmf' } })
      const [refused] = await alice.expect(469)
      expect(refused.raw('Recv-Info')).to.deep.equal([''])
      expect(infos).to.deep.equal([])
    }))

  it('RFC 6086 §5.2.3 who tells nothing is told nothing', () => called(['dtmf'], undefined, async () => undefined))

  it('RFC 6086 §5.2.2 a core that knows of no packages takes any INFO, and tells nothing', () =>
    called(undefined, 'conference', async (alice, _, { infos }) => {
      alice.send('INFO', { headers: { 'Info-Package': 'dtmf' } })
      await alice.expect(200)
      expect(infos).to.deep.equal(['dtmf'])
    }))

  it('EXT-14 RFC 6086 §4.2.1 §5.2.3 a caller tells its packages in the INVITE, answers by them, and lives on after a 469', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const { stack } = await stage.stack('alice')
      const infos: string[] = []
      const call = stack.invite(bob.uri(), {
        infoPackages: ['dtmf'],
        handlers: {
          INFO: info => {
            infos.push(info.request.body)
            info.reply(200)
          },
        },
      })
      await bob.expect(request('INVITE', { headers: { 'Recv-Info': 'dtmf', Allow: /\bINFO\b/ } }))
      bob.send(200, { headers: { 'Recv-Info': 'conference' } })
      await bob.expect('ACK')
      const dialog = await dialogOf(call)
      const body = { 'Content-Type': 'text/plain', 'Content-Disposition': 'Info-Package' }
      bob.send('INFO', { headers: { 'Info-Package': 'odd', ...body }, body: 'odd' })
      await bob.expect(response(469, { headers: { 'Recv-Info': 'dtmf' } }))
      bob.send('INFO', { headers: { 'Info-Package': 'dtmf', ...body }, body: '5' })
      await bob.expect(200)
      expect(infos).to.deep.equal(['5'])
      const told = dialog.request('INFO', { headers: { 'Info-Package': 'dtmf' } })
      await bob.expect(request('INFO', { headers: { 'Info-Package': 'dtmf', 'Recv-Info': false } }))
      bob.send(469, { headers: { 'Recv-Info': 'conference' } })
      expect((await told).kind).to.equal('rejected')
      await hungUp(bob, dialog)
    }))

  it('refuses what is no package', () =>
    passing(async stage => {
      const bob = await stage.stack('bob')
      expect(() => bob.stack.register(callee(['a b'], { infos: [] }))).to.throw(TypeError, 'Recv-Info')
      expect(() => bob.stack.invite('sip:a@192.0.2.9', { infoPackages: ['a b'] })).to.throw(TypeError, 'Recv-Info')
    }))
})
