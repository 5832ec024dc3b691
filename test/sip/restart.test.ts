/** What is left of a stack when a part of it crashes: everything but what that part was doing. */

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect } from 'chai'
import type { AnyRef } from '../../apps/actor/actor.js'
import { type Core, SipStack } from '../../apps/sip/sip.js'

const anybody: Core = { name: 'anybody', match: () => true }

function find(stack: SipStack, label: string): AnyRef {
  for (const actor of stack.kernel.actors()) if (actor.label === label) return actor.ref
  throw new Error(`no actor ${label}`)
}

function crash(stack: SipStack, label: string): Promise<void> {
  stack.kernel.exit(find(stack, label), { kind: 'error', name: 'Error', message: 'a bug', stack: '' })
  return new Promise(resolve => setTimeout(resolve, 50))
}

describe('a stack in which a layer crashes', () => {
  let stack: SipStack
  let entries: string[]

  beforeEach(async () => {
    entries = []
    stack = await SipStack.start({
      listen: ['udp:127.0.0.1:0'],
      timers: { T1: 20, T2: 80, T4: 100 },
      log: ({ text }) => entries.push(text),
    })
    stack.register(anybody)
  })

  afterEach(() => stack.close())

  for (const label of ['transport', 'transactions', 'cores', 'syntax']) {
    it(`answers and asks as before after ${label} was started anew`, async () => {
      await crash(stack, label)
      const outcome = await stack.request('OPTIONS', `sip:${stack.listening[0]?.slice(4)}`)
      expect(outcome.kind === 'answered' && outcome.response.status).to.equal(200)
      expect(entries.some(text => text.includes(`actor ${label} ended`))).to.equal(true)
    })
  }

  for (const label of ['listeners', 'connections']) {
    it(`listens where it did after ${label} was started anew`, async () => {
      const before = stack.listening
      await crash(stack, label)
      await new Promise(resolve => setTimeout(resolve, 200))
      const outcome = await stack.request('OPTIONS', `sip:${stack.listening[0]?.slice(4)}`)
      expect(outcome.kind).to.equal('answered')
      expect(stack.listening.length).to.equal(before.length)
    })
  }

  it('listens where it was told to meanwhile, at the same ports, and nowhere else, after listeners was started anew', async () => {
    const [first = ''] = stack.listening
    const places = [await stack.listen('tcp:127.0.0.1:0'), await stack.listen('udp:127.0.0.1:0')]
    expect(await stack.unlisten(first)).to.equal(true)
    await crash(stack, 'listeners')
    for (const place of places) {
      const uri = `sip:${place.slice(4)};transport=${place.slice(0, 3)}`
      for (let outcome = await stack.request('OPTIONS', uri); outcome.kind !== 'answered'; ) {
        await new Promise(resolve => setTimeout(resolve, 50))
        outcome = await stack.request('OPTIONS', uri)
      }
    }
    expect(stack.listening).to.have.members(places)
  }).timeout(20_000)

  it('§17.2.1 answers a ringing INVITE with 500 when the layer that rang is gone, and cancels what it placed itself', async () => {
    stack.register({ ...anybody, INVITE: invite => invite.reply(180) })
    const other = await SipStack.start({ listen: ['udp:127.0.0.1:0'], timers: { T1: 20, T2: 80, T4: 100 } })
    let cancelled = false
    other.register({
      ...anybody,
      INVITE: invite => invite.reply(180),
      CANCEL: () => {
        cancelled = true
      },
    })
    const inward = other.invite(`sip:${stack.listening[0]?.slice(4)}`)
    const outward = stack.invite(`sip:${other.listening[0]?.slice(4)}`)
    for await (const response of inward.responses) if (response.status === 180) break
    for await (const response of outward.responses) if (response.status === 180) break
    await crash(stack, 'cores')
    const outcome = await inward.outcome
    expect(outcome.kind === 'rejected' && outcome.response.status).to.equal(500)
    expect((await outward.outcome).kind).to.equal('transportError')
    while (!cancelled) await new Promise(resolve => setTimeout(resolve, 20))
    await other.close()
  })

  it('UC-8 settles what waits for an answer when its transaction crashes', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1')
    await once(silent, 'listening')
    const uri = `sip:127.0.0.1:${silent.address().port}`
    const patient = await SipStack.start({ listen: ['udp:127.0.0.1:0'], log: () => undefined })
    const ends = [patient.request('OPTIONS', uri), patient.invite(uri).outcome]
    await once(silent, 'message')
    for (const label of ['non-INVITE client transaction', 'INVITE client transaction']) await crash(patient, label)
    for (const end of ends) {
      expect(await end).to.deep.equal({ kind: 'transportError', reason: 'the transaction crashed' })
    }
    expect(await patient.census()).to.include({ transactions: 0, clients: 0, calls: 0 })
    await patient.close()
    silent.close()
  })

  it('answers what it had begun when a socket that broke is open again, on the same port', async () => {
    const slow = await SipStack.start({ listen: ['udp:127.0.0.1:0'], log: () => undefined })
    slow.register({ ...anybody, OPTIONS: options => options.after(2000, () => options.reply(200)) })
    const before = slow.listening
    // It would hear at once that the port is closed for a second.
    const other = await SipStack.start({ listen: [{ at: 'udp:127.0.0.1:0', watched: 0 }] })
    const outcome = other.request('OPTIONS', `sip:${before[0]?.slice(4)}`)
    await new Promise(resolve => setTimeout(resolve, 100))
    await crash(slow, 'udp')
    expect((await outcome).kind).to.equal('answered')
    expect(slow.listening).to.deep.equal(before)
    await other.close()
    await slow.close()
  })

  it('says so, and closes, when the layers end again and again', async () => {
    for (let time = 0; time < 100; time++) {
      if (![...stack.kernel.actors()].some(actor => actor.label === 'transport')) break
      await crash(stack, 'transport')
    }
    expect(entries.some(text => text.includes('it is closed'))).to.equal(true)
    expect([...stack.kernel.actors()]).to.deep.equal([])
  })
})

describe('a log function that throws', () => {
  it('costs nothing but its entry', async () => {
    const stack = await SipStack.start({
      listen: ['udp:127.0.0.1:0'],
      log: () => {
        throw new Error('a full disk')
      },
    })
    stack.register({ ...anybody, OPTIONS: () => Promise.reject(new Error('a bug')) })
    const uri = `sip:${stack.listening[0]?.slice(4)}`
    const write = process.stderr.write.bind(process.stderr)
    let printed = ''
    process.stderr.write = (text: string | Uint8Array): boolean => {
      printed += String(text)
      return true
    }
    try {
      for (let time = 0; time < 2; time++) {
        const outcome = await stack.request('OPTIONS', uri)
        expect(outcome.kind === 'rejected' && outcome.response.status).to.equal(500)
      }
    } finally {
      process.stderr.write = write
    }
    expect(printed).to.contain('the log function threw Error: a full disk').and.to.contain('core anybody')
    await stack.close()
  })
})
