import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect } from 'chai'
import { SipStack } from '../../../apps/sip/sip.js'

/** What a client does with its connection; each ends it sooner or later. */
type Habit = (socket: Socket, serial: number) => void

/** Where nobody listens: what cannot be answered on its connection is answered there (§18.2.2). */
function register(serial: number): string {
  return `REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/TCP h:9;rport;branch=z9hG4bK${serial}\r\nFrom: <sip:u@h>;tag=${serial}\r\nTo: <sip:u@h>\r\nCall-ID: churn${serial}\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`
}

const habits: Readonly<Record<string, Habit>> = {
  'register, and reset when they are answered': (socket, serial) => {
    socket.once('data', () => socket.resetAndDestroy())
    socket.write(register(serial))
  },
  'reset at once': socket => void socket.resetAndDestroy(),
  'reset before they are answered': (socket, serial) => {
    socket.write(register(serial), () => socket.resetAndDestroy())
  },
  'close their side after a request': (socket, serial) => void socket.resume().end(register(serial)),
  'send garbage between messages': (socket, serial) => {
    socket.resume().write(`${register(serial)}\r\n\r\n\x00 is no message\r\n\r\n${register(serial)}`)
  },
}

describe('T8 2000 connections', () => {
  const open: { close(): unknown }[] = []

  afterEach(async () => {
    await Promise.all(open.splice(0).map(each => each.close()))
  })

  for (const [habit, act] of Object.entries(habits)) {
    it(`that ${habit}: a call goes on, and nothing is left`, async function () {
      this.timeout(60_000)
      const bob = await SipStack.start({ listen: ['tcp:127.0.0.1:0'] })
      bob.register({
        name: 'anybody',
        match: () => true,
        REGISTER: request => request.reply(200),
        INVITE: invite => invite.reply(200),
      })
      const alice = await SipStack.start({ listen: ['tcp:127.0.0.1:0'] })
      open.push(bob, alice)
      const port = Number(bob.listening[0]?.split(':').at(-1))
      const call = await alice.invite(`sip:bob@127.0.0.1:${port};transport=tcp`).outcome
      if (call.kind !== 'answered') throw new Error(`the call ended as ${call.kind}`)
      for (let batch = 0; batch < 8; batch++) {
        const ends = Array.from({ length: 50 }, async (_, at) => {
          const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => undefined)
          const closed = once(socket, 'close')
          socket.on('connect', () => act(socket, 50 * batch + at))
          socket.on('end', () => socket.end())
          await closed
        })
        await Promise.all(ends)
        expect((await call.dialog.request('OPTIONS')).kind).to.equal('answered')
      }
      expect((await call.dialog.bye()).kind).to.equal('answered')
      await alice.close()
      let left = await bob.census()
      for (let tries = 0; left.connections + left.transactions + left.servers > 0 && tries < 200; tries++) {
        await new Promise(resolve => setTimeout(resolve, 50))
        left = await bob.census()
      }
      expect(left).to.include({ connections: 0, transactions: 0, servers: 0, dialogs: 0, calls: 0, messages: 0 })
    })
  }
})
