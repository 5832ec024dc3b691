import { expect } from 'chai'
import { SipStack } from '../../../apps/sip/sip.js'
import { authority, pair } from './certificates.js'

describe('the Contact of a call over TLS', () => {
  const open: SipStack[] = []
  afterEach(() => Promise.all(open.splice(0).map(stack => stack.close())))

  async function call(scheme: 'sip' | 'sips'): Promise<readonly [string, string, string]> {
    const bob = await SipStack.start({ listen: ['tls:127.0.0.1:0'], tls: pair('example') })
    const alice = await SipStack.start({ listen: ['tls:127.0.0.1:0'], tls: { ca: authority, ...pair('common') } })
    open.push(bob, alice)
    let asked = ''
    let changed = ''
    bob.register({
      name: 'bob',
      match: () => true,
      INVITE: invite => {
        asked = String(invite.request.get('Contact')?.uri)
        invite.reply(200, { body: 'v=0\r\n' })
      },
      UPDATE: update => {
        changed = String(update.request.get('Contact')?.uri)
        update.reply(200)
      },
    })
    const port = Number(bob.listening[0]?.split(':').at(-1))
    const uri = `${scheme}:bob@example.com:${port};maddr=127.0.0.1${scheme === 'sip' ? ';transport=tls' : ''}`
    const outcome = await alice.invite(uri, { from: 'sip:alice@example.com' }).outcome
    if (outcome.kind !== 'answered') throw new Error(outcome.kind)
    expect((await outcome.dialog.update()).kind).to.equal('answered')
    expect((await outcome.dialog.bye()).kind).to.equal('answered')
    return [asked, String(outcome.response.get('Contact')?.uri), changed]
  }

  it('§8.1.1.8 §12.1.1 is a sips URI when the call is for one, on both sides [UAC-08] [3261-8.1.1.2-2] [3261-8.1.1.8-3] [3261-12.1.1-4] [3261-12.1.2-2] [3261-12.2.1.1-17]', async () => {
    const [caller, callee, later] = await call('sips')
    expect(later).to.equal(caller)
    expect(caller).to.match(/^sips:alice@127\.0\.0\.1:\d+$/)
    expect(callee).to.match(/^sips:bob@127\.0\.0\.1:\d+$/)
  })

  it('is a sip URI that names its transport otherwise', async () => {
    const [caller, callee, later] = await call('sip')
    expect(later).to.equal(caller)
    expect(caller).to.match(/^sip:alice@127\.0\.0\.1:\d+;transport=tls$/)
    expect(callee).to.match(/^sip:bob@127\.0\.0\.1:\d+;transport=tls$/)
  })
})
