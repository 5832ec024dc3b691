/** Challenges inside a dialog: §22.2, §12.2.1.1. */

import { expect } from 'chai'
import { passing } from '../../../scenario/passing.js'
import { established } from '../established.js'

const challenge = { 'WWW-Authenticate': 'Digest realm="bob", nonce="1", qop="auth"' }
const auth = { username: 'alice', password: 'secret' }

describe('a challenge inside a dialog', () => {
  it('§22.2 is answered with the next CSeq number of the dialog, and the numbers go on from there [3261-8.1.3.5-1]', () =>
    passing(async stage => {
      const { bob, dialog, seq } = await established(stage, { auth })
      const first = dialog.request('INFO')
      const second = dialog.request('MESSAGE')
      const [info, message] = await bob.expect('INFO', 'MESSAGE')
      expect([info.cseq.number, message.cseq.number]).to.deep.equal([seq + 1, seq + 2])
      bob.send(200, { for: message })
      bob.send(401, { for: info, headers: challenge })
      const [again] = await bob.expect('INFO')
      expect(again.cseq.number).to.equal(seq + 3)
      expect(again.to.tag).to.equal(info.to.tag)
      expect(again.has('Authorization')).to.equal(true)
      bob.send(200)
      expect([(await first).kind, (await second).kind]).to.deep.equal(['answered', 'answered'])
      const bye = dialog.bye()
      const [goodbye] = await bob.expect('BYE')
      expect(goodbye.cseq.number).to.equal(seq + 4)
      bob.send(200)
      await bye
    }))

  it('§22.2 a BYE is sent again with credentials, too', () =>
    passing(async stage => {
      const { bob, dialog, seq } = await established(stage, { auth })
      const bye = dialog.bye()
      await bob.expect('BYE')
      bob.send(401, { headers: challenge })
      const [again] = await bob.expect('BYE')
      expect(again.cseq.number).to.equal(seq + 2)
      expect(again.has('Authorization')).to.equal(true)
      bob.send(200)
      expect((await bye).kind).to.equal('answered')
    }))
})
