/** Requests inside a dialog to a peer that only its own way leads back to. */

import { expect } from 'chai'
import type { RawPeer, Stage } from '../../../apps/scenario/scenario.js'
import { flowOf, overFlow } from '../../../apps/sip/core/dialog-flow.js'
import type { ActiveDialog, SipStack } from '../../../apps/sip/sip.js'
import { toUri } from '../../../apps/sip/syntax/uri.js'
import { createVia } from '../../../apps/sip/syntax/via.js'
import { hungUp } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

/** Alice has called, and said that she is at that Contact. */
async function called(stage: Stage, Contact: (alice: RawPeer) => string) {
  const dialogs: ActiveDialog[] = []
  const bob = await stage.stack('bob', {
    cores: [
      {
        name: 'bob',
        match: () => true,
        INVITE: invite => {
          invite.reply(200)
          if (invite.dialog !== undefined) dialogs.push(invite.dialog)
        },
      },
    ],
  })
  const alice = await stage.raw('alice')
  alice.send('INVITE', { to: bob, headers: { Contact: Contact(alice) } })
  await alice.expect(200)
  alice.send('ACK')
  await stage.pause(100)
  const [dialog] = dialogs
  if (dialog === undefined) throw new Error('no dialog')
  return { alice, bob, dialog }
}

const connections = async (stack: SipStack): Promise<number> => (await stack.census()).connections

describe('the way back inside a dialog', () => {
  it('RFC 7118 §5 a peer whose Contact is invalid is reached by the connection that it made', () =>
    passing(
      async stage => {
        const { alice, bob, dialog } = await called(stage, () => '<sip:alice@df7jal23ls0d.invalid;transport=tcp>')
        const changed = dialog.reinvite()
        const [invite] = await alice.expect('INVITE')
        alice.send(200, { for: invite, headers: { Contact: '<sip:alice@df7jal23ls0d.invalid;transport=tcp>' } })
        await alice.expect('ACK')
        expect((await changed).kind).to.equal('answered')
        expect(await connections(bob.stack)).to.equal(1)
        await hungUp(alice, dialog)
      },
      { transport: 'tcp' },
    ))

  it('§18 a connection that lives is used, and when it is gone one to the Contact', () =>
    passing(
      async stage => {
        const { alice, bob, dialog } = await called(stage, peer => `<${peer.uri()}>`)
        const told = dialog.request('INFO')
        await alice.expect('INFO')
        alice.send(200)
        await told
        expect(await connections(bob.stack)).to.equal(1)
        alice.disconnect()
        await stage.pause(100)
        expect(await connections(bob.stack)).to.equal(0)
        await hungUp(alice, dialog)
      },
      { transport: 'tcp' },
    ))

  it('RFC 5626 §5.3 over UDP an ob in the Contact means: to where the request came from', () =>
    passing(async stage => {
      const { alice, dialog } = await called(stage, () => '<sip:alice@192.0.2.77:5060;ob>')
      await hungUp(alice, dialog)
    }))

  it('§18.1.1 over UDP without one the Contact is where the peer is', () =>
    passing(async stage => {
      const home = await stage.raw('home')
      const { dialog } = await called(stage, () => `<${home.uri()}>`)
      await hungUp(home, dialog)
    }))

  it('§26.2.2 is not taken for sips in clear, nor where the next hop wants another transport or is elsewhere', () => {
    const source = { address: '192.0.2.1', port: 4711, local: '', flow: 1 as never }
    const asked = { via: createVia({ transport: 'TCP', host: '10.0.0.7', port: 5070 }) }
    const tcp = flowOf({ ...source, transport: 'TCP' }, asked, toUri('sip:a@b'))
    const at = (uri: string): string | undefined => {
      const target = overFlow(tcp, toUri(uri))
      return target && `${target.transport} ${target.address}:${target.port}`
    }
    expect(at('sip:a@x.invalid')).to.equal('TCP 192.0.2.1:4711')
    expect(at('sip:a@192.0.2.1:4711;transport=tcp')).to.equal('TCP 192.0.2.1:4711')
    expect(at('sip:a@10.0.0.7:5070;transport=tcp')).to.equal('TCP 10.0.0.7:5070')
    expect(at('sip:a@10.0.0.7;transport=tcp')).to.equal(undefined)
    expect(at('sip:a@192.0.2.9:5070;transport=tcp')).to.equal(undefined)
    expect(at('sip:a@x.invalid;transport=udp')).to.equal(undefined)
    expect(at('sip:a@x.invalid;transport=ws')).to.equal(undefined)
    expect(at('sips:a@x.invalid')).to.equal(undefined)
    const wss = flowOf({ ...source, transport: 'WSS' }, asked, toUri('sip:a@b'))
    expect(overFlow(wss, toUri('sips:a@x.invalid;transport=ws'))?.transport).to.equal('WSS')
    const udp = { ...source, transport: 'UDP' } as const
    expect(flowOf(udp, asked, toUri('sip:a@192.0.2.2'))).to.equal(undefined)
    expect(overFlow(flowOf(udp, asked, toUri('sip:a@x.invalid')), toUri('sip:a@192.0.2.2'))?.port).to.equal(4711)
  })
})
