import { expect } from 'chai'
import { busy, greeting } from '../../apps/busy/busy.js'
import { maybe, response } from '../../apps/scenario/scenario.js'
import { passing } from '../scenario/passing.js'

/** The From line of a caller whose tag matters to nobody. */
function from(who: string): { readonly From: string } {
  return { From: `${who};tag=caller` }
}

describe('the busy demo', () => {
  it('says what to dial', () => {
    expect(greeting('127.0.0.1:5060').split('\n')[0]).to.equal('BUSY: Call me at "Busy UAS" <sip:busy@127.0.0.1:5060>')
  })

  it('§21.1.2 §21.4.24 rings at once, and says 486 after ten seconds, neither sooner nor later', () =>
    passing(async stage => {
      const lines: string[] = []
      const server = await stage.stack('busy', { cores: [busy(line => lines.push(line))] })
      const alice = await stage.raw('alice')
      const began = stage.now
      alice.send('INVITE', { to: server, headers: from('"Alice" <sip:alice@example.com>') })
      await alice.expect(180)
      expect(stage.now - began).to.be.lessThan(100)
      expect(lines).to.deep.equal(['BUSY: Alice is calling'])
      await alice.within(11_000).expect(486)
      expect(stage.now - began).to.be.within(10_000, 10_100)
      expect(lines).to.deep.equal(['BUSY: Alice is calling', 'BUSY: Telling Alice we are busy'])
      alice.send('ACK')
    }))

  it('§9.2 a caller who gives up gets 487, and nothing more is said after ten seconds', () =>
    passing(async stage => {
      const lines: string[] = []
      const server = await stage.stack('busy', { cores: [busy(line => lines.push(line))] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: server, headers: from('<sip:alice@example.com>') })
      await alice.expect(180)
      alice.send('CANCEL')
      await alice.expect(response(200, { of: 'CANCEL' }), 487)
      alice.send('ACK')
      await alice.silence(11_000)
      expect(lines).to.deep.equal([
        'BUSY: sip:alice@example.com is calling',
        'BUSY: sip:alice@example.com has cancelled the call',
      ])
    }))

  it('§9.2 a CANCEL for no call of it gets 481', () =>
    passing(async stage => {
      const server = await stage.stack('busy', { cores: [busy(() => undefined)] })
      const alice = await stage.raw('alice')
      alice.send('CANCEL', { to: server })
      await alice.expect(481)
    }))

  it('§20.5 OPTIONS tells what it allows', () =>
    passing(async stage => {
      const server = await stage.stack('busy', { cores: [busy(() => undefined)] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: server })
      const [answer] = await alice.expect(response(200, { headers: { Allow: true } }))
      const allow = answer.raw('Allow').join().split(/, */)
      expect(allow).to.have.members(['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'PRACK'])
    }))

  it('takes requests for the To user busy, too, and leaves all others alone', () =>
    passing(async stage => {
      const lines: string[] = []
      const server = await stage.stack('somebody', { cores: [busy(line => lines.push(line))] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: server })
      await alice.expect(404)
      const headers = { To: `<sip:busy@${server.place.address}>`, ...from('<sip:alice@example.com>') }
      alice.send('INVITE', { to: server, headers })
      await alice.expect(180, maybe(100))
      await alice.within(11_000).expect(486)
      alice.send('ACK')
      expect(lines.length).to.equal(2)
    }))

  // Control characters can come escaped in a display name (§25.1 quoted-pair), others as UTF-8.
  const names: readonly (readonly [string, string, string])[] = [
    ['an escape sequence', '"\\\x1b[31mred"', '\\u{1b}[31mred'],
    ['a bell', '"ding\\\x07"', 'ding\\u{7}'],
    ['C1 controls', '"\xc2\x9b31m"', '\\u{9b}31m'],
    ['text turned round', '"\xe2\x80\xaecba"', '\\u{202e}cba'],
    ['no control at all', '"J\xc3\xbcrgen"', 'Jürgen'],
  ]
  for (const [what, name, shown] of names) {
    it(`prints a name with ${what} so that no terminal obeys it`, () =>
      passing(async stage => {
        const lines: string[] = []
        const server = await stage.stack('busy', { cores: [busy(line => lines.push(line))] })
        const alice = await stage.raw('alice')
        alice.send('INVITE', { to: server, headers: from(`${name} <sip:alice@example.com>`) })
        await alice.expect(180)
        expect(lines).to.deep.equal([`BUSY: ${shown} is calling`])
        await alice.within(11_000).expect(486)
        alice.send('ACK')
      }))
  }
})
