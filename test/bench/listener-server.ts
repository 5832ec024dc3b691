/** The server of the listener bench: the stack with the uas demo, or a bare echo of the same sizes, on one kind of listener. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { WebSocketServer } from 'ws'
import { SipStack } from '../../apps/sip/sip.js'
import { pair } from '../sip/tls/certificates.js'
import { answerParent, field, report } from './process.js'

const orders: unknown = JSON.parse(process.argv[2] ?? '{}')
const kind = String(field(orders, 'kind'))
/** Octets of a request, and of the answer of the echo. */
const asked = Number(field(orders, 'octets'))
const answer = Buffer.alloc(400, 'x')

async function stack(): Promise<number> {
  const tls = pair('example')
  const served = await SipStack.start({ listen: [`${kind}:127.0.0.1:0`], tls })
  await served.load(new URL('../../apps/uas/uas.js', import.meta.url))
  return Number(served.listening[0]?.split(':').at(-1))
}

async function datagrams(): Promise<number> {
  const socket = createSocket('udp4')
  socket.on('message', (_message, from) => socket.send(answer, 0, answer.length, from.port, from.address))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket.address().port
}

function answered(socket: Socket): void {
  let octets = 0
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  socket.on('data', data => {
    for (octets += data.length; octets >= asked; octets -= asked) socket.write(answer)
  })
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function echo(): Promise<number> {
  switch (kind) {
    case 'udp':
      return datagrams()
    case 'tcp':
      return listening(createServer(answered))
    case 'tls':
      return listening(createTlsServer(pair('example'), answered))
    default: {
      const server = createHttpServer()
      const text = answer.toString('latin1')
      new WebSocketServer({ server, perMessageDeflate: false }).on('connection', socket =>
        socket.on('message', () => socket.send(text)),
      )
      return listening(server)
    }
  }
}

answerParent({})
report('ready', await (field(orders, 'isEcho') === true ? echo() : stack()))
