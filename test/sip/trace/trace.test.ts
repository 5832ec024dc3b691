import { expect } from 'chai'
import type { Stage } from '../../../apps/scenario/scenario.js'
import { type Core, SipStack, type Trace } from '../../../apps/sip/sip.js'
import { passing } from '../../scenario/passing.js'

const slow: Core = {
  name: 'slow',
  match: () => true,
  INVITE: invite => {
    invite.reply(180)
    invite.after(3000, () => invite.reply(486))
  },
}

/** What a scenario that is over has left in the trace of a stack. */
function traceOf({ trace }: SipStack): Trace {
  if (trace === undefined) throw new Error('nothing is traced')
  return trace
}

describe('the trace', () => {
  /** A call that rings for 3 s, is refused, and whose ACK comes when the refusal has been sent three times. */
  async function refused(stage: Stage): Promise<{ readonly trace: Trace; readonly callId: string }> {
    const bob = await stage.stack('bob', { cores: [slow] })
    const alice = await stage.raw('alice')
    alice.send('INVITE', { to: bob })
    await alice.expect(180)
    await alice.expect(486)
    await stage.pause(2000)
    alice.send('ACK')
    await stage.pause(100)
    const trace = traceOf(bob.stack)
    const callId = trace.calls().at(-1)?.callId ?? ''
    return { trace, callId }
  }

  it('draws a call as a ladder; what was retransmitted is one line [3261-17.2.1-4]', async () => {
    let drawn = ''
    await passing(async stage => {
      const { trace, callId } = await refused(stage)
      drawn = trace.ladder(callId)?.replace(callId, 'ID') ?? ''
    })
    const lines = drawn.split('\n')
    expect(lines[0]).to.match(/^Call-ID ID, 1970-01-01T00:00:\d\d\.\d{3}Z$/)
    expect(lines[2]?.trim().split(/ +/)).to.have.length(2)
    expect(lines.slice(3).map(line => line.replace(/^ *\d+ ms +/, ''))).to.deep.equal([
      '|----------- INVITE --------->| (UDP)',
      '|<------- 180 Ringing --------| (UDP)',
      '|<------ 486 Busy Here -------| (UDP, 3 times: again after 500, 1500 ms)',
      '|------------ ACK ----------->| (UDP)',
    ])
    expect(lines.slice(3).map(line => Number.parseInt(line, 10))).to.satisfy(
      ([invite = -1, ringing = -1, busy = -1, ack = -1]: number[]) =>
        invite === 0 && ringing < 100 && busy >= 3000 && busy < 3100 && ack > 5000,
    )
  })

  it('draws the same for Mermaid', async () => {
    let drawn: string | undefined
    await passing(async stage => {
      const { trace, callId } = await refused(stage)
      drawn = trace.mermaid(callId)
    })
    expect(drawn?.split('\n').slice(3)).to.deep.equal([
      '  p0->>p1: INVITE',
      '  p1->>p0: 180 Ringing',
      '  p1->>p0: 486 Busy Here (UDP, 3 times: again after 500, 1500 ms)',
      '  p0->>p1: ACK',
      '',
    ])
  })

  it('knows the latest calls, the messages of one, and what came since', () =>
    passing(async stage => {
      const { trace, callId } = await refused(stage)
      const [bob] = stage.stackPeers
      if (bob === undefined) throw new Error('bob is gone')
      const followed = trace.follow()
      const dave = await stage.raw('dave')
      dave.send('OPTIONS', { to: bob })
      await dave.expect(200)
      const [first, second, ...more] = trace.calls()
      expect(more).to.deep.equal([])
      expect(first).to.include({ callId, method: 'INVITE', messages: 6, latest: 'ACK' })
      expect(second).to.include({ method: 'OPTIONS', messages: 2, latest: '200 OK (OPTIONS)' })
      expect(trace.calls(1)).to.deep.equal([second])
      const all = trace.entries()
      const own = trace.entries({ callId })
      expect(own).to.have.length(6)
      expect(own).to.deep.equal(all.filter(entry => entry.kind === 'message' && entry.callId === callId))
      expect(
        followed
          .read()
          .filter(each => each.kind === 'message')
          .map(({ callId: id }) => id),
      ).to.deep.equal([second?.callId, second?.callId])
      expect(followed.read()).to.deep.equal([])
      expect(trace.ladder('unknown')).to.equal(undefined)
      expect(trace.mermaid('unknown')).to.equal(undefined)
    }))

  it('shows what we send to ourselves once', async () => {
    const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'] })
    await stack.request('OPTIONS', `sip:${stack.listening[0]?.slice(4)}`)
    const trace = traceOf(stack)
    const drawn = trace
      .ladder(trace.calls()[0]?.callId ?? '')
      ?.split('\n')
      .slice(3)
    await stack.close()
    expect(drawn?.map(line => line.replace(/^.*\|/, ''))).to.deep.equal([
      '  OPTIONS to itself (UDP)',
      '  404 Not Found (OPTIONS) to itself (UDP)',
    ])
  })

  it('sees what worker threads send', async () => {
    const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'], threads: 1 })
    await stack.load(new URL('../../../apps/uas/uas.js', import.meta.url))
    const asking = await SipStack.start({ listen: ['udp:127.0.0.1:0'] })
    await asking.request('OPTIONS', `sip:anyone@${stack.listening[0]?.slice(4)}`)
    const [call] = traceOf(stack).calls()
    await asking.close()
    await stack.close()
    expect(call).to.include({ messages: 2, latest: '200 OK (OPTIONS)' })
  })

  it('is off and on again as it is told', () =>
    passing(async stage => {
      const bob = await stage.stack('bob', { cores: [slow] })
      const alice = await stage.raw('alice')
      const trace = traceOf(bob.stack)
      const before = trace.entries()
      trace.on = false
      alice.send('OPTIONS', { to: bob })
      await alice.expect(200)
      expect(trace.entries()).to.deep.equal(before)
      trace.on = true
      alice.send('OPTIONS', { to: bob })
      await alice.expect(200)
      expect(trace.entries()).to.have.length(before.length + 2)
    }))

  it('shows what happens to listeners and connections, and in a ladder to those of the call', () =>
    passing(
      async stage => {
        const bob = await stage.stack('bob', { cores: [slow] })
        const alice = await stage.raw('alice')
        alice.send('INVITE', { to: bob })
        await alice.expect(180)
        alice.disconnect()
        await stage.pause(100)
        const trace = traceOf(bob.stack)
        const events = trace.entries().flatMap(entry => (entry.kind === 'event' ? [entry] : []))
        expect(events.slice(0, 3).map(({ transport, event }) => `${transport} ${event}`)).to.deep.equal([
          'TCP listening',
          'TCP accepted',
          'TCP closed',
        ])
        const drawn =
          trace
            .ladder(trace.calls()[0]?.callId ?? '')
            ?.split('\n')
            .slice(3, 7) ?? []
        expect(drawn.map(line => /TCP ([a-z]+)|INVITE|180/.exec(line)?.[0])).to.deep.equal([
          'TCP accepted',
          'INVITE',
          '180',
          'TCP closed',
        ])
        await alice.expect(486)
        alice.send('ACK')
      },
      { transport: 'tcp' },
    ))

  it('§18.4 shows peers that are not there, and connections that could not be made', async () => {
    const alice = await SipStack.start({ listen: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'] })
    const gone = await SipStack.start({ listen: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'] })
    const [udp = '', tcp = ''] = gone.listening
    await gone.close()
    await alice.request('OPTIONS', `sip:${udp.slice(4)}`)
    await alice.request('OPTIONS', `sip:${tcp.slice(4)};transport=tcp`)
    await alice.request('OPTIONS', `sip:${alice.listening[0]?.slice(4)}`)
    const events = traceOf(alice).entries()
    const drawn = traceOf(alice)
      .calls()
      .map(({ callId }) => traceOf(alice).ladder(callId))
    await alice.close()
    expect(drawn.map(ladder => /unreachable/.exec(ladder ?? '')?.[0])).to.deep.equal(['unreachable', undefined])
    const named = (event: string): string[] =>
      events.flatMap(each => (each.kind === 'event' && each.event === event ? [`${each.transport} ${each.text}`] : []))
    expect(named('unreachable').join()).to.match(/^UDP .*ECONNREFUSED/)
    expect(named('refused').join()).to.match(/^TCP .*ECONNREFUSED/)
    const last = traceOf(alice).entries().at(-1)
    expect(last).to.include({ kind: 'event', event: 'shut' })
  })

  it('says where a socket for all addresses is reached, as no packet comes from 0.0.0.0', async () => {
    const stack = await SipStack.start({ listen: ['udp:0.0.0.0:0'] })
    const [first] = traceOf(stack).entries()
    await stack.close()
    expect(first?.local.address).to.match(/^\d+\.\d+\.\d+\.\d+$/)
    expect(first?.local.address).to.not.equal('0.0.0.0')
  })

  it('does not exist when it is not wanted, and is bounded when it is', async () => {
    const without = await SipStack.start({ listen: ['udp:127.0.0.1:0'], trace: false })
    expect(without.trace).to.equal(undefined)
    await without.close()
    const few = await SipStack.start({ listen: ['udp:127.0.0.1:0'], trace: { entries: 3 } })
    few.register({ name: 'anybody', match: () => true })
    for (let i = 0; i < 4; i++) await few.request('OPTIONS', `sip:${few.listening[0]?.slice(4)}`)
    expect(traceOf(few).entries()).to.have.length(3)
    await few.close()
  })

  const wrong = [
    [{ entries: 0 }, 'trace: entries'],
    [{ entries: 1.5 }, 'trace: entries'],
    [{ bytes: 100 }, 'trace: bytes'],
    [{ hep: { to: 'homer.example.com:9060' } }, '"homer.example.com:9060" is no capture server'],
    [{ hep: { to: '192.0.2.1:70000' } }, '"192.0.2.1:70000" is no capture server'],
  ] as const
  for (const [trace, text] of wrong) {
    it(`refuses ${JSON.stringify(trace)}`, async () => {
      const error = await SipStack.start({ listen: ['udp:127.0.0.1:0'], trace }).catch((thrown: unknown) => thrown)
      expect(error).to.be.instanceOf(TypeError).with.property('message').that.includes(text)
    })
  }
})
