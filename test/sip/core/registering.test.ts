import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect } from 'chai'
import { SipStack } from '../../../apps/sip/sip.js'

/** What a REGISTER is answered with by somebody who looks at nothing. */
function answer(request: string): string {
  const kept = request.split('\r\n').filter(line => /^(Via|From|To|Call-ID|CSeq|Contact):/i.test(line))
  return ['SIP/2.0 200 OK', ...kept, 'Expires: 600', 'Content-Length: 0', '', ''].join('\r\n')
}

describe('a registration on a thread', () => {
  it('RFC 5626 §4.5 is made from there, and made anew when the connection, which another thread owns, is gone', async () => {
    const registered: string[] = []
    let served: (socket: Socket) => void = () => undefined
    const server = createServer(socket => {
      socket.setEncoding('latin1').on('data', (text: unknown) => {
        const request = String(text)
        if (!request.includes('REGISTER')) return
        registered.push(/^Call-ID: (.*)\r$/m.exec(request)?.[1] ?? '')
        socket.write(answer(request))
        served(socket)
      })
      socket.on('error', () => undefined)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const stack = await SipStack.start({ listen: ['tcp:127.0.0.1:0'], threads: 1 })
    try {
      const first = new Promise<Socket>(resolve => {
        served = resolve
      })
      await stack.load(new URL(`./registering.js?port=${port}`, import.meta.url))
      const socket = await first
      const second = new Promise<Socket>(resolve => {
        served = resolve
      })
      // Its line ends come when it has got the answer, and follow the connection from then on.
      await once(socket, 'data')
      socket.destroy()
      await second
      expect(registered.length).to.equal(2)
      expect(new Set(registered).size).to.equal(1)
    } finally {
      await stack.close()
      server.close()
    }
  })
})
