import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect } from 'chai'
import { parseMessage, SipStack, type StackOptions } from '../../apps/sip/sip.js'
import { type Load, Overload } from '../../apps/sip/transport/overload.js'

describe('§21.5.4 overload', () => {
  it('is looked at every 250 ms, takes two late looks, and is heard of from other threads', () => {
    let now = 0
    let load: Load = { lag: 0, actors: 10 }
    const subject = new Overload(
      { lag: 100, actors: 50 },
      () => load,
      () => now,
    )
    expect(subject.isOverloaded(0)).to.equal(false)
    load = { lag: 101, actors: 10 }
    expect(subject.isOverloaded(0)).to.equal(false)
    now = 250
    expect(subject.isOverloaded(0), 'a machine that stood still').to.equal(false)
    now = 500
    expect(subject.isOverloaded(0)).to.equal(true)
    load = { lag: 0, actors: 51 }
    now = 750
    expect(subject.isOverloaded(0)).to.equal(true)
    load = { lag: 0, actors: 50 }
    now = 1000
    expect(subject.isOverloaded(0)).to.equal(false)
    subject.report(1, { lag: 500, actors: 1 })
    expect(subject.isOverloaded(1)).to.equal(false)
    subject.report(1, { lag: 500, actors: 1 })
    expect([0, 1, 2].map(slot => subject.isOverloaded(slot))).to.deep.equal([false, true, false])
    subject.report(1, { lag: 5, actors: 1 })
    expect(subject.isOverloaded(1)).to.equal(false)
    expect(
      () =>
        new Overload(
          { lag: 0 },
          () => load,
          () => now,
        ),
    ).to.throw(TypeError)
  })

  describe('of a stack', () => {
    const open: { close(): unknown }[] = []

    afterEach(async () => {
      await Promise.all(open.splice(0).map(each => each.close()))
    })

    async function start(options: StackOptions): Promise<SipStack> {
      const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'], ...options })
      if (options.threads === undefined) stack.register({ name: 'anybody', match: () => true })
      open.push(stack)
      return stack
    }

    function request(method: string, id: string, toTag = ''): string {
      return `${method} sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK${id}\r\nFrom: <sip:c@d>;tag=1\r\nTo: <sip:a@b>${toTag}\r\nCall-ID: ${id}\r\nCSeq: 1 ${method}\r\nMax-Forwards: 70\r\n\r\n`
    }

    async function statuses(stack: SipStack, texts: readonly string[]): Promise<(number | string)[]> {
      const socket = createSocket('udp4')
      open.push({ close: () => socket.close() })
      socket.bind(0, '127.0.0.1')
      await once(socket, 'listening')
      const found: (number | string)[] = []
      for (const text of texts) {
        const came = once(socket, 'message')
        socket.send(text, Number(stack.listening[0]?.split(':').at(-1)), '127.0.0.1')
        const [data] = await came
        const parsed = parseMessage(String(data))
        found.push(parsed.kind === 'ok' && parsed.message.kind === 'response' ? parsed.message.status : parsed.kind)
      }
      return found
    }

    it('by its tables refuses new work with 503, serves what is in a dialog, and counts', async () => {
      const stack = await start({ overload: { actors: 1 } })
      const got = await statuses(stack, [request('OPTIONS', '1'), request('BYE', '2', ';tag=9')])
      expect(got).to.deep.equal([503, 481])
      expect(stack.intake).to.include({ busy: 1, limited: 0 })
    })

    it('RFC 3581 §4 answers without state from the socket that was asked [NAT-06] [3581-4-4]', async () => {
      const stack = await start({ listen: ['udp:127.0.0.1:0', 'udp:127.0.0.1:0'], overload: { actors: 1 } })
      const socket = createSocket('udp4')
      open.push({ close: () => socket.close() })
      socket.bind(0, '127.0.0.1')
      await once(socket, 'listening')
      for (const place of stack.listening) {
        const port = Number(place.split(':').at(-1))
        const came = once(socket, 'message')
        socket.send(request('OPTIONS', `at-${port}`), port, '127.0.0.1')
        const [data, from] = await came
        expect(String(data)).to.match(/^SIP\/2\.0 503 /)
        expect(from.port).to.equal(port)
      }
    })

    it('by a late event loop does the same', async () => {
      const stack = await start({ overload: { lag: 50 } })
      let asked = 0
      const until = async (status: number): Promise<void> => {
        for (const end = asked + 200; asked < end; ) {
          if ((await statuses(stack, [request('OPTIONS', String(asked++))])).includes(status)) return
          await new Promise(resolve => setTimeout(resolve, 20))
        }
        throw new Error(`no ${status}`)
      }
      await until(200)
      let isOver = false
      const burn = (): void => {
        const end = Date.now() + 150
        while (Date.now() < end);
        if (!isOver) setTimeout(burn, 1)
      }
      burn()
      await until(503).finally(() => {
        isOver = true
      })
      await until(200)
    })

    it('does not flood a victim with repeated answers that it has not asked for', async () => {
      const stack = await start({ admission: { rate: 100, amplification: 2 } })
      stack.register({
        name: 'ringing',
        priority: 1,
        match: ({ method }) => method === 'INVITE',
        INVITE: invite => void invite.reply(486),
      })
      const invite = request('INVITE', '1').replace('\r\n\r\n', '\r\nContact: <sip:c@127.0.0.1>\r\n\r\n')
      const socket = createSocket('udp4')
      open.push({ close: () => socket.close() })
      socket.bind(0, '127.0.0.1')
      await once(socket, 'listening')
      let octets = 0
      socket.on('message', data => {
        octets += data.length
      })
      socket.send(invite, Number(stack.listening[0]?.split(':').at(-1)), '127.0.0.1')
      // Timer G repeats the 486 until it is withheld.
      while (octets === 0 || stack.intake.withheld === 0) await new Promise(resolve => setTimeout(resolve, 20))
      expect(octets).to.be.at.most(2 * invite.length)
    })
  })
})
