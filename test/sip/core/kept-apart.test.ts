/** What is kept for long of messages that come does not keep the rest of them. */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { hashOf, nobody } from '../../../apps/actor/actor.js'
import { SeededRandom } from '../../../apps/scenario/seeded-random.js'
import { ActiveDialog } from '../../../apps/sip/core/active-dialog.js'
import { DigestClient } from '../../../apps/sip/core/auth/digest-client.js'
import { DigestServer } from '../../../apps/sip/core/auth/digest-server.js'
import { kept, uacDialog } from '../../../apps/sip/core/dialog.js'
import { flowOf } from '../../../apps/sip/core/dialog-flow.js'
import { EventStateTable } from '../../../apps/sip/core/event-state.js'
import { type Core, formatMessage, type Incoming, type Request, type Watcher } from '../../../apps/sip/sip.js'
import { parseMessage } from '../../../apps/sip/syntax/parse.js'
import { createRequest } from '../../../apps/sip/syntax/request.js'
import { createResponse } from '../../../apps/sip/syntax/response.js'
import type { Source } from '../../../apps/sip/transport/flow.js'
import { passing } from '../../scenario/passing.js'

/** What the collector of the engine is called with. */
function collected(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
}

const TIMES = 200
const LONG = 100_000

/** Octets on the heap that so many calls have left there. */
function left(act: () => void): number {
  const heap = (): number => {
    collected()
    return process.memoryUsage().heapUsed
  }
  const before = heap()
  for (let time = 0; time < TIMES; time++) act()
  return heap() - before
}

/** As it comes, in a text of its own. */
function received(request: Request, host = 'h'): Request {
  const via = request.prepend('Via', `SIP/2.0/UDP ${host};branch=z9hG4bK1`)
  const parsed = parseMessage(Buffer.from(formatMessage(via), 'latin1').toString('latin1'))
  if (parsed.kind !== 'ok' || parsed.message.kind !== 'request') throw new Error('not a request')
  return parsed.message
}

function long(method: string, headers: Readonly<Record<string, string>>, body: string): Request {
  const alice = { from: '<sip:alice@example.com>;tag=1', to: '<sip:alice@example.com>', callId: 'c', cseq: 1 }
  return createRequest(method, 'sip:alice@example.com', {
    ...alice,
    headers: { ...headers, 'Content-Type': 'a/b' },
    body,
  })
}

describe('what is kept', () => {
  it('RFC 7616 §5.5 of the nonces that have been used is not the requests with them', () => {
    const random = new SeededRandom(1)
    const guard = new DigestServer({ realm: 'example.com', lookup: () => 'secret' }, random)
    const verdicts = new Set<string>()
    const size = left(() => {
      const request = long('MESSAGE', {}, 'x'.repeat(LONG))
      const exchange = new DigestClient({ username: 'alice', password: 'secret' }).begin(request)
      const challenge = guard.verify(received(exchange.next(random)), '192.0.2.1', 0)
      if (challenge instanceof Promise || challenge.kind !== 'challenge') throw new Error('no challenge')
      void exchange.challenged(createResponse(request, 401, { toTag: 'x', headers: challenge.headers }))
      const verdict = guard.verify(received(exchange.next(random)), '192.0.2.1', 0)
      if (!(verdict instanceof Promise)) verdicts.add(verdict.kind)
    })
    expect([...verdicts]).to.deep.equal(['ok'])
    expect(size).to.be.lessThan((TIMES * LONG) / 4)
  })

  it('RFC 3903 §6 of what is published is not what else the PUBLISH had', () => {
    let tags = 0
    const limits = { expires: 3600, least: 60, most: 100_000, octets: 1_000_000 }
    const table = new EventStateTable(limits, () => `${++tags}`, 1)
    const subject = 'x'.repeat(LONG / 2)
    const size = left(
      () =>
        void table.publish(received(long('PUBLISH', { Event: 'presence', Subject: subject }, '<a-state-of-alice/>'))),
    )
    expect(table.size).to.equal(TIMES)
    expect(size).to.be.lessThan((TIMES * LONG) / 8)
  })

  it('§12.1.1 of an INVITE that an application has the dialog of is not the request', () =>
    passing(async stage => {
      const dialogs: unknown[] = []
      const requests: WeakRef<Request>[] = []
      const core: Core = {
        name: 'state',
        match: () => true,
        INVITE: invite => {
          invite.reply(200)
          dialogs.push(invite.dialog)
          requests.push(new WeakRef(invite.request))
        },
      }
      const server = await stage.stack('server', { cores: [core] })
      const alice = await stage.raw('alice')
      alice.send('INVITE', { to: server })
      await alice.expect(200)
      alice.send('ACK')
      await stage.pause(40_000)
      collected()
      expect(requests.map(request => request.deref()?.method)).to.deep.equal([undefined])
      expect(dialogs[0]).to.be.instanceOf(ActiveDialog)
      alice.send('BYE')
      await alice.expect(200)
    }))

  it('§12.1.2 of the messages that open a dialog is what it needs of them', () => {
    const dialogs: object[] = []
    const rows = ['Contact', 'Record-Route'].map(name => [name, '<sip:somebody@somewhere.example.com;lr>'])
    const size = left(() => {
      const invite = received(long('INVITE', {}, 'x'.repeat(LONG)))
      const told = createResponse(invite, 200, {
        ...{ toTag: 'the-tag-of-somebody', headers: { ...Object.fromEntries(rows), 'Content-Type': 'a/b' } },
        body: 'x'.repeat(LONG),
      })
      const parsed = parseMessage(Buffer.from(formatMessage(told), 'latin1').toString('latin1'))
      if (parsed.kind !== 'ok' || parsed.message.kind !== 'response') throw new Error('not a response')
      const dialog = kept(uacDialog(invite, parsed.message))
      // As a table does.
      hashOf(dialog.id, 1)
      dialogs.push(dialog)
    })
    expect(dialogs.length).to.equal(TIMES)
    expect(size).to.be.lessThan((TIMES * LONG) / 4)
  })

  it('§12.1.2 of the message that an application calls on behalf of is not the message, though the call is up', () =>
    passing(async stage => {
      const bob = await stage.raw('bob')
      const alice = await stage.stack('alice')
      const held = 20
      const size = 1_000_000
      collected()
      const before = process.memoryUsage().heapUsed
      const calls: ActiveDialog[] = []
      for (let count = 0; count < held; count++) {
        const from = received(long('MESSAGE', {}, 'x'.repeat(size))).from.toString()
        const call = alice.stack.invite(bob.uri(), { from })
        const [invite] = await bob.expect('INVITE')
        bob.send(200, { for: invite, headers: { Contact: `<${bob.uri()}>` } })
        await bob.expect('ACK')
        const outcome = await call.outcome
        if (outcome.kind === 'answered') calls.push(outcome.dialog)
      }
      await stage.pause(40_000)
      collected()
      expect(calls).to.have.length(held)
      expect(process.memoryUsage().heapUsed - before).to.be.lessThan((held * size) / 4)
      for (const call of calls) void call.bye()
      for (const _ of calls) bob.send(200, { for: (await bob.expect('BYE'))[0] })
    }))

  it('RFC 5923 §8 of the way back to a peer is not the latest request that came by it', () => {
    const source: Source = { transport: 'TCP', address: '192.0.2.1', port: 5060, local: '192.0.2.2:5060', flow: nobody }
    const flows: unknown[] = []
    const size = left(() => {
      const request = received(long('INFO', {}, 'x'.repeat(LONG)), 'pbx.branch-office.example.com')
      flows.push(flowOf(source, request, request.uri.copy()))
    })
    expect(flows.length).to.equal(TIMES)
    expect(size).to.be.lessThan((TIMES * LONG) / 4)
  })

  it('RFC 6665 §4.2 of a SUBSCRIBE or a REFER that is accepted is not the request, though its watcher is', () =>
    passing(async stage => {
      const watchers: Watcher[] = []
      const requests: WeakRef<Request>[] = []
      const accept = (incoming: Incoming): void => {
        watchers.push(incoming.accept())
        requests.push(new WeakRef(incoming.request))
      }
      const core = { name: 'state', match: (): boolean => true, SUBSCRIBE: accept, REFER: accept }
      const server = await stage.stack('server', { cores: [core] })
      const alice = await stage.raw('alice')
      for (const method of ['SUBSCRIBE', 'REFER']) {
        const about = method === 'REFER' ? { 'Refer-To': '<sip:carol@example.com>' } : { Event: 'presence' }
        alice.send(method, { to: server, headers: { Contact: `<${alice.uri()}>`, ...about } })
        const [, notify] = await alice.expect(200, 'NOTIFY')
        alice.send(200, { for: notify })
      }
      await stage.pause(40_000)
      collected()
      expect(requests.map(request => request.deref()?.method)).to.deep.equal([undefined, undefined])
      for (const watcher of watchers) {
        const end = watcher.terminate()
        const [notify] = await alice.expect('NOTIFY')
        alice.send(200, { for: notify })
        expect((await end).kind).to.equal('answered')
      }
    }))
})
