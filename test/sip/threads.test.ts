import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { AnyRef } from '../../apps/actor/actor.js'
import { slotOf } from '../../apps/sip/shard.js'
import { type Core, SipStack } from '../../apps/sip/sip.js'

const application = new URL('../../apps/uas/uas.js', import.meta.url)
/** The spread of foreign Call-IDs over two threads; the mark of our own matters only for calls that we place. */
const spread = { count: 2, mark: ' ' }

interface Asked {
  readonly at: number
  answeredAt?: number
  status?: string
  server?: string | undefined
}

/** Asks with OPTIONS by raw datagrams, so that Call-IDs, and with them threads, are the test's choice. */
class Asker {
  readonly asked = new Map<string, Asked>()
  readonly #socket: Socket
  readonly #port: number

  private constructor(socket: Socket, port: number) {
    this.#socket = socket
    this.#port = port
    socket.on('message', text => {
      const callId = /^Call-ID: (.*)\r$/m.exec(text.toString('latin1'))?.[1] ?? ''
      const asked = this.asked.get(callId)
      const status = text.toString('latin1', 8, 11)
      // A slow answer may have a 100 before it (RFC 4320 §4.1).
      if (asked === undefined || asked.answeredAt !== undefined || status === '100') return
      asked.answeredAt = performance.now()
      asked.status = status
      asked.server = /^Server: (.*)\r$/m.exec(text.toString('latin1'))?.[1]
    })
  }

  static async open(port: number): Promise<Asker> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new Asker(socket, port)
  }

  ask(callId: string, user = 'anyone'): void {
    const lines = [
      `OPTIONS sip:${user}@127.0.0.1 SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.#socket.address().port};branch=z9hG4bK${callId}`,
      `From: <sip:a@127.0.0.1>;tag=1`,
      `To: <sip:${user}@127.0.0.1>`,
      `Call-ID: ${callId}`,
      'CSeq: 1 OPTIONS',
      'Max-Forwards: 70',
      'Content-Length: 0',
    ]
    this.asked.set(callId, { at: performance.now() })
    this.#socket.send(`${lines.join('\r\n')}\r\n\r\n`, this.#port, '127.0.0.1')
  }

  of(slot: number): Asked[] {
    return [...this.asked].filter(([callId]) => slotOf(spread, callId) === slot).map(([, asked]) => asked)
  }

  close(): void {
    this.#socket.close()
  }
}

describe('a stack with threads', () => {
  let stack: SipStack
  let asker: Asker
  let log: string[] = []

  beforeEach(async () => {
    log = []
    stack = await SipStack.start({
      listen: ['udp:127.0.0.1:0'],
      threads: 2,
      timers: { T1: 20, T2: 80, T4: 100 },
      policy: { server: 'Office/1.0' },
      log: ({ text }) => log.push(text),
    })
    await stack.load(application)
    asker = await Asker.open(Number(stack.listening[0]?.split(':').at(-1)))
  })

  afterEach(async () => {
    asker.close()
    await stack.close()
  })

  it('serves a call wherever its Call-ID belongs', async () => {
    for (let at = 0; at < 200; at++) asker.ask(`spread${at}`)
    await until(() => [...asker.asked.values()].every(({ status }) => status === '200'))
    expect(asker.of(0).length).to.be.greaterThan(50)
    expect(asker.of(1).length).to.be.greaterThan(50)
    expect((await stack.cores()).find(({ name }) => name === 'uas')?.requests).to.equal(200)
    await empty(stack)
  })

  it('B-18 is set up alike on every thread', async () => {
    for (let at = 0; at < 50; at++) asker.ask(`alike${at}`)
    await until(() => [...asker.asked.values()].every(({ status }) => status === '200'))
    for (const slot of [0, 1]) {
      expect(new Set(asker.of(slot).map(({ server }) => server))).to.deep.equal(new Set(['Office/1.0']))
    }
    await empty(stack)
  })

  it('loses a thread and nothing of the others; the thread is back with its applications', async () => {
    let sent = 0
    let killed = 0
    const started = performance.now()
    const back = (): Asked[] =>
      asker.of(0).filter(({ at, status }) => killed > 0 && at > killed + 50 && status === '200')
    while (performance.now() - started < 60_000 && back().length < 50) {
      asker.ask(`kill${sent++}`)
      if (sent === 100) {
        await until(() => [...asker.asked.values()].every(({ status }) => status === '200'))
        killed = performance.now()
        stack.killThread(0)
      }
      await sleep(2)
    }
    await until(() => asker.of(1).every(({ status }) => status === '200'))
    const lost = asker.of(0).filter(({ answeredAt }) => answeredAt === undefined)
    expect(asker.of(1).length).to.be.greaterThan(100)
    expect(back().length).to.be.at.least(50)
    expect(lost.filter(({ at }) => at < killed)).to.deep.equal([])
    // Not served before its applications are loaded: a 404 would end calls for good.
    expect(asker.of(0).filter(({ status }) => status === '404')).to.deep.equal([])
    expect(log.some(text => text.includes('thread 0 ended'))).to.equal(true)
    await empty(stack)
  })

  it('answers calls of its own from the thread that placed them', async () => {
    const other = await SipStack.start({ listen: ['udp:127.0.0.1:0'], timers: { T1: 20, T2: 80, T4: 100 } })
    other.register({ name: 'other', match: () => true, INVITE: invite => invite.reply(200, { body: 'v=0\r\n' }) })
    const outcome = await stack.invite(`sip:anyone@${other.listening[0]?.slice(4)}`).outcome
    expect(outcome.kind).to.equal('answered')
    if (outcome.kind === 'answered') expect((await outcome.dialog.bye()).kind).to.equal('answered')
    await empty(stack)
    await empty(other)
    await other.close()
  })

  it('serves with an object that stays on the main thread, whichever threads the calls are of', async () => {
    const seen: string[] = []
    stack.register({
      name: 'here',
      match: ({ uri }) => uri.user === 'here',
      OPTIONS: options => {
        seen.push(options.request.callId)
        options.reply(202)
      },
    })
    for (let at = 0; at < 50; at++) asker.ask(`here${at}`, 'here')
    for (let at = 0; at < 50; at++) asker.ask(`there${at}`)
    await until(() => [...asker.asked.values()].every(({ status }) => status !== undefined))
    expect(new Set(seen).size).to.equal(50)
    expect(asker.of(0).filter(({ status }) => status === '202').length).to.be.greaterThan(10)
    expect(asker.of(1).filter(({ status }) => status === '202').length).to.be.greaterThan(10)
    stack.killThread(0)
    await until(() => log.some(text => text.includes('thread 0 ended')))
    await until(() => stack.threads().length === 2)
    // Who is not heard while the thread comes back asks again.
    for (let tries = 0; new Set(seen).size < 70 && tries < 100; tries++) {
      await sleep(300)
      for (let at = 0; at < 20; at++) asker.ask(`again${at}`, 'here')
    }
    expect(new Set(seen).size).to.equal(70)
    stack.unregister('here')
    asker.ask('late', 'here')
    await until(() => asker.asked.get('late')?.status === '200')
    await empty(stack)
  })

  it('serves with an object once more whose home has ended', async () => {
    const office: Core = {
      name: 'here',
      match: ({ uri }) => uri.user === 'here',
      OPTIONS: options => options.reply(202),
    }
    const homes = (): AnyRef[] => [...stack.kernel.actors()].flatMap(({ label, ref }) => (label === 'home' ? ref : []))
    stack.register(office)
    stack.unregister('here')
    for (const ref of homes()) stack.kernel.exit(ref, { kind: 'shutdown' })
    await until(() => homes().length === 0)
    stack.register(office)
    expect(homes().length).to.equal(1)
    for (let at = 0; at < 10; at++) asker.ask(`here${at}`, 'here')
    await until(() => [...asker.asked.values()].every(({ status }) => status === '202'))
  })

  it('places calls from the thread of an application, by the agent that it is given', async () => {
    const other = await SipStack.start({ listen: ['udp:127.0.0.1:0'], timers: { T1: 20, T2: 80, T4: 100 } })
    let ended = 0
    other.register({
      name: 'other',
      match: () => true,
      INVITE: invite => invite.reply(200, { body: 'v=0\r\n' }),
      BYE: () => ended++,
    })
    const text = `export default ({ agent }) => ({
      name: 'caller',
      match: ({ uri }) => uri.user === 'caller',
      OPTIONS: async asked => {
        const outcome = await agent.invite('sip:anyone@${other.listening[0]?.slice(4)}').outcome
        const bye = outcome.kind === 'answered' ? await outcome.dialog.bye() : outcome
        asked.reply(bye.kind === 'answered' ? 202 : 500)
      },
    })`
    await stack.load(`data:text/javascript,${encodeURIComponent(text)}`)
    for (let at = 0; at < 20; at++) asker.ask(`caller${at}`, 'caller')
    await until(() => ended === 20)
    await until(() => [...asker.asked.values()].every(({ status }) => status === '202'))
    expect([asker.of(0).length, asker.of(1).length].every(count => count > 0)).to.equal(true)
    await empty(stack)
    await empty(other)
    await other.close()
  })

  it('takes a module out of service on every thread', async () => {
    stack.unregister('uas')
    for (let at = 0; at < 20; at++) asker.ask(`gone${at}`)
    await until(() => [...asker.asked.values()].every(({ status }) => status === '404'))
    await stack.load(application)
    for (let at = 0; at < 20; at++) asker.ask(`back${at}`)
    await until(() => [...asker.asked.values()].every(({ status }) => status !== undefined))
    expect([...asker.asked.values()].filter(({ status }) => status === '200').length).to.equal(20)
    await empty(stack)
  })

  it('has a module that fails on one thread in service on none', async () => {
    const text = `import { isMainThread } from 'node:worker_threads'
      if (!isMainThread) throw new Error('not here')
      export default { name: 'half', match: ({ uri }) => uri.user === 'half', OPTIONS: half => half.reply(202) }`
    const failure = await stack.load(`data:text/javascript,${encodeURIComponent(text)}`).then(
      () => 'none',
      (error: unknown) => String(error),
    )
    expect(failure).to.include('not here')
    for (let at = 0; at < 20; at++) asker.ask(`half${at}`, 'half')
    await until(() => [...asker.asked.values()].every(({ status }) => status === '200'))
    expect((await stack.cores()).map(({ name }) => name)).to.deep.equal(['uas'])
    await empty(stack)
  })

  it('has one core for all of a module whose placement is one', async () => {
    const text = `let asked = 0
      export default {
        name: 'counter',
        placement: 'one',
        match: ({ uri }) => uri.user === 'counter',
        OPTIONS: options => options.reply(++asked > 19 ? 202 : 200),
      }`
    await stack.load(`data:text/javascript,${encodeURIComponent(text)}`)
    for (let at = 0; at < 20; at++) asker.ask(`counter${at}`, 'counter')
    await until(() => [...asker.asked.values()].every(({ status }) => status !== undefined))
    expect([...asker.asked.values()].filter(({ status }) => status === '202').length).to.equal(1)
    await empty(stack)
  })

  it('says what is wrong with a module that cannot be loaded', async () => {
    const missing = new URL('./no-such-module.js', import.meta.url)
    const failure = await stack.load(missing).then(
      () => 'none',
      (error: unknown) => String(error),
    )
    expect(failure).to.include('no-such-module')
  })
})

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 3000 && !condition(); turn++) await sleep(10)
  expect(condition()).to.equal(true)
}

/** All tables are empty once the last timers are over. */
async function empty(stack: SipStack): Promise<void> {
  let census = await stack.census()
  for (let turn = 0; turn < 1500 && Object.values(census).some(size => size > 0); turn++) {
    await sleep(20)
    census = await stack.census()
  }
  expect(Object.values(census).filter(size => size > 0)).to.deep.equal([])
}
