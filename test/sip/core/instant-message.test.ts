import { expect } from 'chai'
import { request, response, type Stage } from '../../../apps/scenario/scenario.js'
import type { Core } from '../../../apps/sip/sip.js'
import { hungUp } from '../../../specs/callers.js'
import { passing } from '../../scenario/passing.js'
import { established } from './established.js'

const text = (body: string): { headers: Record<string, string>; body: string } => ({
  headers: { 'Content-Type': 'text/plain' },
  body,
})

/** A core that takes every MESSAGE with that status, and tells what its mistakes were called. */
function relay(status: number, wrong: string[] = []): Core {
  return {
    name: 'relay',
    match: () => true,
    MESSAGE: message => {
      for (const mistake of [text('read'), { headers: { Contact: '<sip:relay@192.0.2.1>' } }]) {
        try {
          message.reply(status, mistake)
        } catch (error) {
          wrong.push(String(error))
        }
      }
      message.reply(status)
    },
  }
}

describe('MESSAGE', () => {
  it('EXT-12 RFC 3428 §4 has a text, no Contact, and makes no dialog whatever its 2xx says [3428-4-1] [3428-4-2] [3428-2-1]', () =>
    passing(async (stage: Stage) => {
      const bob = await stage.raw('bob')
      const { stack } = await stage.stack('alice')
      const sent = stack.request('MESSAGE', bob.uri('bob'), text('Watson, come here.'))
      const [came] = await bob.expect(request('MESSAGE', { headers: { Contact: false } }))
      expect([came.body, came.raw('Content-Type')]).to.deep.equal(['Watson, come here.', ['text/plain']])
      bob.send(200, { headers: { Contact: `<${bob.uri()}>`, 'Record-Route': `<${bob.uri()};lr>` } })
      expect((await sent).kind).to.equal('answered')
      expect(await stack.dialogs()).to.deep.equal([])
    }))

  for (const status of [200, 202]) {
    it(`EXT-12 RFC 3428 §7 is answered with ${status}, without body and Contact; a handler that gives them is told so [3428-7-2] [3428-7-3] [3428-7-4]`, () =>
      passing(async (stage: Stage) => {
        const wrong: string[] = []
        const bob = await stage.stack('bob', { cores: [relay(status, wrong)] })
        const alice = await stage.raw('alice')
        alice.send('MESSAGE', { to: bob, ...text('hello') })
        const [answer] = await alice.expect(response(status, { headers: { Contact: false, 'Content-Length': '0' } }))
        expect(answer.body).to.equal('')
        expect(wrong).to.deep.equal([
          'TypeError: a 2xx to a MESSAGE has no body',
          'TypeError: a 2xx to a MESSAGE has no Contact',
        ])
        expect(await bob.stack.dialogs()).to.deep.equal([])
      }))
  }

  it('EXT-12 RFC 3428 §8 waits for the answer to the one before to the same URI, and for no other [3428-8-3]', () =>
    passing(async (stage: Stage) => {
      const bob = await stage.raw('bob')
      const { stack } = await stage.stack('alice')
      const outcomes = ['one', 'two', 'three'].map(body => stack.request('MESSAGE', bob.uri('bob'), text(body)))
      const [one] = await bob.expect('MESSAGE')
      expect(one.body).to.equal('one')
      const other = stack.request('MESSAGE', bob.uri('carol'), text('other'))
      const [aside] = await bob.expect('MESSAGE')
      expect(aside.body).to.equal('other')
      bob.send(202)
      await other
      await bob.silence(400)
      bob.send(486, { for: one })
      const [two] = await bob.expect('MESSAGE')
      expect([two.body, (await outcomes[0])?.kind]).to.deep.equal(['two', 'rejected'])
      // Nobody answers the second: the third comes when that has failed.
      for (;;) {
        const [next] = await bob.within(60_000).expect('MESSAGE')
        if (next.callId === two.callId) continue
        expect([next.body, (await outcomes[1])?.kind]).to.deep.equal(['three', 'timeout'])
        break
      }
      bob.send(200)
      expect((await outcomes[2])?.kind).to.equal('answered')
      const late = stack.request('MESSAGE', bob.uri('bob'), text('late'))
      await bob.expect('MESSAGE')
      bob.send(200)
      await late
    }))

  it('EXT-12 RFC 3428 §8 waits inside a call, too, and is numbered when its turn comes [3428-8-4]', () =>
    passing(async (stage: Stage) => {
      const { bob, dialog } = await established(stage)
      expect(() => dialog.request('MESSAGE', { headers: { Contact: '<sip:a@192.0.2.1>' } })).to.throw(
        TypeError,
        'no Contact',
      )
      const sent = [
        dialog.request('MESSAGE', text('one')),
        dialog.request('MESSAGE', text('two')),
        dialog.request('INFO'),
      ]
      const [one, info] = await bob.expect('MESSAGE', 'INFO')
      await bob.silence(100)
      bob.send(200, { for: info })
      bob.send(200, { for: one })
      const [two] = await bob.expect('MESSAGE')
      expect([one.body, two.body]).to.deep.equal(['one', 'two'])
      expect(two.cseq.number).to.equal(info.cseq.number + 1)
      bob.send(200)
      expect((await Promise.all(sent)).map(({ kind }) => kind)).to.deep.equal(['answered', 'answered', 'answered'])
      await hungUp(bob, dialog)
    }))

  for (const end of ['BYE', 'silence']) {
    it(`§12.3, RFC 3428 §8 is not sent when its turn comes after the end of the call, by ${end}`, () =>
      passing(async (stage: Stage) => {
        const { alice, bob, dialog } = await established(stage)
        const outcomes = ['one', 'two', 'three'].map(body => dialog.request('MESSAGE', text(body)))
        const [one] = await bob.expect('MESSAGE')
        if (end === 'BYE') {
          bob.send('BYE', { headers: { CSeq: '7 BYE' } })
          await bob.expect(200)
          bob.send(200, { for: one })
        } else {
          await bob.within(40_000).expect('BYE')
          bob.send(200)
        }
        expect((await Promise.all(outcomes)).map(({ kind }) => kind)).to.deep.equal([
          end === 'BYE' ? 'answered' : 'timeout',
          'transportError',
          'transportError',
        ])
        await bob.silence(1000)
        expect((await alice.stack.census()).clients).to.equal(0)
      }))
  }

  it('tells those who wait when the stack drains', () =>
    passing(async (stage: Stage) => {
      const bob = await stage.raw('bob')
      const { stack } = await stage.stack('alice')
      const outcomes = ['one', 'two', 'three'].map(body => stack.request('MESSAGE', bob.uri(), text(body)))
      await bob.expect('MESSAGE')
      const drained = stack.drain(60_000)
      await bob.silence(100)
      bob.send(200)
      expect((await Promise.all(outcomes)).map(({ kind }) => kind)).to.deep.equal([
        'answered',
        'transportError',
        'transportError',
      ])
      await drained
    }))

  it('refuses a Contact, and tells those who wait when the stack ends', () =>
    passing(async (stage: Stage) => {
      const bob = await stage.raw('bob')
      const { stack } = await stage.stack('alice')
      expect(() => stack.request('MESSAGE', bob.uri(), { headers: { Contact: '<sip:a@192.0.2.1>' } })).to.throw(
        TypeError,
        'a MESSAGE has no Contact',
      )
      const outcomes = ['one', 'two', 'three'].map(body => stack.request('MESSAGE', bob.uri(), text(body)))
      await bob.expect('MESSAGE')
      await stack.close()
      for (const outcome of await Promise.all(outcomes)) expect(outcome.kind).to.equal('transportError')
    }))

  it('fails at once when 1000 wait for the same URI, and the census knows of those', () =>
    passing(async (stage: Stage) => {
      const bob = await stage.raw('bob')
      const { stack } = await stage.stack('alice')
      const outcomes = Array.from({ length: 1002 }, () => stack.request('MESSAGE', bob.uri(), text('hello')))
      await bob.expect('MESSAGE')
      const last = await outcomes[1001]
      expect(last?.kind === 'transportError' && last.reason).to.match(/^1000 other MESSAGEs wait for sip:/)
      expect((await stack.census()).clients).to.equal(1001)
      await stack.close()
      for (const outcome of await Promise.all(outcomes)) expect(outcome.kind).to.equal('transportError')
    }))
})
