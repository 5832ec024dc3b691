/** What a dialog is made of stays as it is for as long as there is the dialog: §12.1.1, §12.1.2. */

import { expect } from 'chai'
import { type RawPeer, request, response, type Stage } from '../../../apps/scenario/scenario.js'
import type { ActiveDialog } from '../../../apps/sip/sip.js'
import { dialogOf } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'

interface Standing {
  readonly peer: RawPeer
  readonly dialog: ActiveDialog
}

const DAY = 86_400_000

function routesOf(peer: RawPeer): readonly string[] {
  return [`<${peer.uri('near')};lr>`, '<sip:far.example.com;lr>']
}

/** A stack has called somebody. */
async function placed(stage: Stage): Promise<Standing> {
  const peer = await stage.raw('bob')
  const { stack } = await stage.stack('alice')
  const call = stack.invite(peer.uri())
  await peer.expect('INVITE')
  peer.send(200, { headers: { 'Record-Route': routesOf(peer).toReversed() } })
  await peer.expect('ACK')
  return { peer, dialog: await dialogOf(call) }
}

/** Somebody has called a stack. */
async function taken(stage: Stage): Promise<Standing> {
  const dialogs: ActiveDialog[] = []
  const ACK = ({ dialog }: { readonly dialog: ActiveDialog | undefined }): void => {
    if (dialog !== undefined) dialogs.push(dialog)
  }
  const bob = await stage.stack('bob', {
    cores: [{ name: 'bob', match: () => true, INVITE: invite => void invite.reply(200), ACK }],
  })
  const peer = await stage.raw('alice')
  peer.send('INVITE', { to: bob, headers: { 'Record-Route': routesOf(peer) } })
  await peer.expect(200)
  peer.send('ACK')
  await stage.pause(100)
  const [dialog] = dialogs
  if (dialog === undefined) throw new Error('no ACK')
  return { peer, dialog }
}

describe('a dialog that lasts', () => {
  for (const [who, begun] of [
    ['§12.1.2 of a caller is the same for days [3261-12.1.2-3]', placed],
    ['§12.1.1 of a callee is the same for days [3261-12.1.1-6]', taken],
  ] as const) {
    it(who, () =>
      passing(async stage => {
        const { peer, dialog } = await begun(stage)
        const { callId, localTag, remoteTag } = dialog.dialog
        const numbers: number[] = []
        for (const method of ['INFO', 'INFO', 'BYE']) {
          await stage.pause(DAY)
          peer.send('OPTIONS')
          await peer.expect(response(200, { of: 'OPTIONS' }))
          const told = method === 'BYE' ? dialog.bye() : dialog.request(method)
          const [asked] = await peer.expect(request(method, { uri: peer.uri(), headers: { 'Call-ID': callId } }))
          expect([asked.from.tag, asked.to.tag]).to.deep.equal([localTag, remoteTag])
          expect(asked.getAll('Route').map(String)).to.deep.equal(routesOf(peer))
          numbers.push(asked.cseq.number)
          peer.send(200, { for: asked })
          expect((await told).kind).to.equal('answered')
        }
        const [first = 0] = numbers
        expect(numbers).to.deep.equal([first, first + 1, first + 2])
      }),
    )
  }
})
