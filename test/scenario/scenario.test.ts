import { expect } from 'chai'
import {
  again,
  either,
  maybe,
  type RawPeer,
  request,
  response,
  runScenario,
  type ScenarioResult,
  type Stage,
  scenario,
} from '../../apps/scenario/scenario.js'
import type { Core } from '../../apps/sip/sip.js'

const answering: Core = {
  name: 'answering',
  match: () => true,
  INVITE: invite => {
    invite.reply(200)
  },
}

function run(body: (stage: Stage) => Promise<void>): Promise<ScenarioResult> {
  return runScenario(scenario('a scenario', body))
}

/** Two raw peers, and what they do. */
function between(body: (alice: RawPeer, bob: RawPeer, stage: Stage) => Promise<void>): Promise<ScenarioResult> {
  return run(async stage => body(await stage.raw('alice'), await stage.raw('bob'), stage))
}

function failureOf(result: ScenarioResult): string {
  expect(result.passed).to.equal(false)
  return result.failure ?? ''
}

describe('a scenario', () => {
  it('passes when all that is expected comes, and nothing else', async () => {
    const result = await between(async (alice, bob) => {
      alice.send('OPTIONS', { to: bob })
      await bob.expect('OPTIONS')
      bob.send(200)
      await alice.expect(200)
    })
    expect(result.failure).to.equal(undefined)
    expect(result.ladder).to.match(/alice +bob\n +0 ms +\|-+ OPTIONS -+>\|\n +1 ms +\|<-+ 200 \(OPTIONS\) -+\|$/)
  })

  it('fails on a wrong status, marks its arrow and says why', async () => {
    const failure = failureOf(
      await between(async (alice, bob) => {
        alice.send('OPTIONS', { to: bob })
        await bob.expect('OPTIONS')
        bob.send(404)
        await alice.expect(200)
      }),
    )
    expect(failure).to.contain('alice: 404 (OPTIONS) came unexpectedly')
    expect(failure).to.contain('expected: 200')
    expect(failure).to.contain('but: 200: has status 404, not 200')
    expect(failure).to.match(/\|<-+ 404 \(OPTIONS\) -+\| {2}<<< here/)
    expect(failure).to.contain('  | SIP/2.0 404 \n  | Via: ')
  })

  it('fails when a message does not come in time, and draws where it is missing', async () => {
    const failure = failureOf(
      await between(async (alice, bob) => {
        alice.send('OPTIONS', { to: bob })
        await bob.expect('OPTIONS')
        await alice.within(700).expect(200)
      }),
    )
    expect(failure).to.contain('alice: 200 did not come within 700 ms')
    expect(failure).to.match(/701 ms +\? +\| {2}<<< here: 200 did not come/)
  })

  it('fails on a message that nobody expects, while something else is expected', async () => {
    const failure = failureOf(
      await between(async (alice, bob) => {
        alice.send('INFO', { to: bob })
        alice.send('OPTIONS', { to: bob })
        await bob.expect('OPTIONS')
      }),
    )
    expect(failure).to.contain('bob: INFO came unexpectedly')
  })

  it('fails on a message that comes after its end', async () => {
    const failure = failureOf(
      await between(async (alice, bob) => {
        alice.send('OPTIONS', { to: bob })
      }),
    )
    expect(failure).to.contain('bob: OPTIONS came unexpectedly')
  })

  it('fails on octets that are no SIP message', async () => {
    const failure = failureOf(await between(async (alice, bob) => alice.write('GET / HTTP/1.1\r\n\r\n', bob)))
    expect(failure).to.contain('bob: 18 octets came unexpectedly')
  })

  it('does not let a retransmission satisfy a new expectation', async () => {
    const failure = failureOf(
      await between(async (alice, bob) => {
        alice.send('OPTIONS', { to: bob })
        await bob.expect('OPTIONS')
        alice.repeat()
        await bob.within(1000).expect('OPTIONS')
      }),
    )
    expect(failure).to.contain('OPTIONS did not come within 1000 ms')
    expect(failure).to.contain('is a retransmission, which satisfies nothing new')
  })

  it('lets a retransmission satisfy who asks for one, and only a retransmission', async () => {
    const result = await between(async (alice, bob) => {
      alice.send('OPTIONS', { to: bob })
      const [first] = await bob.expect('OPTIONS')
      alice.repeat()
      const [second] = await bob.expect(again('OPTIONS'))
      expect(second.source).to.equal(first.source)
    })
    expect(result.failure).to.equal(undefined)
    const failure = failureOf(
      await between(async (alice, bob) => {
        alice.send('OPTIONS', { to: bob })
        await bob.expect(again('OPTIONS'))
      }),
    )
    expect(failure).to.contain('OPTIONS again: it is no retransmission')
  })

  it('takes a set in any order, each message once', async () => {
    const result = await between(async (alice, bob) => {
      alice.send('INFO', { to: bob })
      alice.send('OPTIONS', { to: bob })
      const [options, info] = await bob.expect('OPTIONS', 'INFO')
      expect([options.method, info.method]).to.deep.equal(['OPTIONS', 'INFO'])
    })
    expect(result.failure).to.equal(undefined)
  })

  it('gives a message to the expectation that asks for most', async () => {
    const result = await between(async (alice, bob) => {
      const first = alice.send('OPTIONS', { to: bob })
      alice.send('OPTIONS', { to: bob })
      await bob.expect('OPTIONS', request('OPTIONS', { headers: { 'Call-ID': first.callId } }))
    })
    expect(result.failure).to.equal(undefined)
  })

  it('takes one of either, and does without what is only maybe there', async () => {
    const result = await between(async (alice, bob) => {
      alice.send('OPTIONS', { to: bob })
      await bob.expect(either('INFO', 'OPTIONS'))
      bob.send(200)
      const [provisional, final] = await alice.expect(maybe(100), 200)
      expect(provisional).to.equal(undefined)
      expect(final.status).to.equal(200)
    })
    expect(result.failure).to.equal(undefined)
  })

  it('forgives what was only maybe there when it comes late, but once', async () => {
    async function late(alice: RawPeer, bob: RawPeer, times: number): Promise<void> {
      alice.send('INVITE', { to: bob })
      await bob.expect('INVITE')
      bob.send(180)
      await alice.expect(maybe(183), 180)
      for (let i = 0; i < times; i++) bob.send(183, { reason: `Time ${i}` })
    }
    expect((await between((alice, bob) => late(alice, bob, 1))).failure).to.equal(undefined)
    expect(failureOf(await between((alice, bob) => late(alice, bob, 2)))).to.contain('183 Time 1 came unexpectedly')
  })

  it('checks headers, Request-URI, body and octets, and names the one that is wrong', async () => {
    const patterns = [
      [{ headers: { Subject: 'hello' } }, 'has Subject: hi, not hello'],
      [{ headers: { Subject: /^x/ } }, 'has Subject: hi, not /^x/'],
      [{ headers: { Subject: false } }, 'has Subject: hi'],
      [{ headers: { Expires: true } }, 'has no Expires'],
      [{ uri: 'sip:nobody@192.0.2.2' }, 'is not for sip:nobody@192.0.2.2 but for'],
      [{ body: 'other' }, 'has a body that is not other'],
      [{ text: /^BYE/ }, 'does not match /^BYE/'],
    ] as const
    for (const [pattern, why] of patterns) {
      const failure = failureOf(
        await between(async (alice, bob) => {
          alice.send('INFO', { to: bob, headers: { Subject: 'hi' }, body: 'body' })
          await bob.expect(request('INFO', pattern))
        }),
      )
      expect(failure).to.contain(why)
    }
  })

  it('fails when a stack is left with something in its tables', async () => {
    const failure = failureOf(
      await run(async stage => {
        const bob = await stage.stack('bob', { cores: [answering] })
        const alice = await stage.raw('alice')
        alice.send('INVITE', { to: bob })
        await alice.expect(200)
        alice.send('ACK')
      }),
    )
    expect(failure).to.contain('bob: its tables are not empty at the end (dialogs: 1)')
  })

  it('fails when a stack logs an error that the scenario does not take', async () => {
    const broken: Core = {
      name: 'broken',
      match: () => true,
      OPTIONS: () => {
        throw new Error('a bug')
      },
    }
    async function body(stage: Stage, take: boolean): Promise<void> {
      const bob = await stage.stack('bob', { cores: [broken] })
      const alice = await stage.raw('alice')
      alice.send('OPTIONS', { to: bob })
      await alice.expect(500)
      if (take) expect(bob.errors().join()).to.contain('a bug')
    }
    expect(failureOf(await run(stage => body(stage, false)))).to.contain('bob: logged "')
    expect((await run(stage => body(stage, true))).failure).to.equal(undefined)
  })

  it('fails on whatever its body throws, and when it waits for what never happens', async () => {
    expect(failureOf(await run(() => Promise.reject(new Error('of its own'))))).to.contain('of its own')
    expect(failureOf(await run(() => new Promise(() => undefined)))).to.contain(
      'waits for something that never happens',
    )
  })

  it('fills the messages of a dialog: CSeq, tags, branches, targets', async () => {
    const result = await between(async (alice, bob) => {
      const invite = alice.send('INVITE', { to: bob })
      await bob.expect('INVITE')
      const ok = bob.send(200)
      await alice.expect(200)
      const ack = alice.send('ACK')
      expect(ack.cseq).to.deep.include({ number: invite.cseq.number, method: 'ACK' })
      expect(ack.via.branch).not.to.equal(invite.via.branch)
      expect(ack.to.tag).to.equal(ok.to.tag)
      await bob.expect('ACK')
      const bye = bob.send('BYE')
      expect(bye.from.tag).to.equal(ok.to.tag)
      expect(bye.to.tag).to.equal(invite.from.tag)
      expect(String(bye.uri)).to.equal(String(invite.get('Contact')?.uri))
      await alice.expect('BYE')
      alice.send(200)
      await bob.expect(response(200, { of: 'BYE' }))
    })
    expect(result.failure).to.equal(undefined)
  })

  it('gives an ACK for a refusal, and a CANCEL, the branch of the INVITE', async () => {
    const result = await between(async (alice, bob) => {
      const invite = alice.send('INVITE', { to: bob })
      await bob.expect('INVITE')
      const cancel = alice.send('CANCEL')
      expect(cancel.via.branch).to.equal(invite.via.branch)
      await bob.expect('CANCEL')
      bob.send(486, { for: invite })
      await alice.expect(486)
      expect(alice.send('ACK').via.branch).to.equal(invite.via.branch)
      await bob.expect('ACK')
    })
    expect(result.failure).to.equal(undefined)
  })

  it('lets the scenario replace any line of a template, leave it out, or add to it', async () => {
    const result = await between(async (alice, bob) => {
      alice.send('INFO', { to: bob, headers: { 'max-forwards': undefined, CSeq: '99 INFO', 'X-More': ['a', 'b'] } })
      await bob.expect(request('INFO', { headers: { 'Max-Forwards': false, CSeq: '99 INFO', 'X-More': 'a, b' } }))
    })
    expect(result.failure).to.equal(undefined)
  })

  it('runs on real sockets as well', async () => {
    for (const transport of ['udp', 'tcp'] as const) {
      const result = await runScenario(
        scenario('real', async stage => {
          const bob = await stage.stack('bob', { cores: [answering] })
          const alice = await stage.raw('alice')
          alice.send('OPTIONS', { to: bob })
          await alice.expect(200)
        }),
        { mode: 'loopback', transport },
      )
      expect(result.failure).to.equal(undefined)
      expect(result.ladder).to.match(/alice +bob\n.*\|-+ OPTIONS -+>\|\n.*\|<-+ 200 OK \(OPTIONS\) -+\|$/)
    }
  })
})
