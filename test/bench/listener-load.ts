/** Asks one kind of listener by OPTIONS, a few at a time on each of some connections, and counts the answers. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as tlsConnect } from 'node:tls'
import { WebSocket } from 'ws'
import { optionsTemplate, stamp } from './messages.js'
import { field, report } from './process.js'

const orders: unknown = JSON.parse(process.argv[2] ?? '{}')
const kind = String(field(orders, 'kind'))
const port = Number(field(orders, 'port'))
const isEcho = field(orders, 'isEcho') === true
const LINES = 8
const WINDOW = 8
const ANSWER = 400

const local = '127.0.0.1:9'
const template = optionsTemplate({ local, remote: `127.0.0.1:${port}`, run: process.pid.toString(16).padStart(6, '0') })
let done = 0
let generation = 0

function request(line: number): Buffer {
  const bytes = Buffer.from(template.bytes)
  stamp(bytes, template.stamps, line, ++generation)
  return bytes
}

/** How many answers end in what came; `rest` is what is left of the one before. */
function counter(): (data: Buffer) => number {
  let rest: Buffer = Buffer.alloc(0)
  return data => {
    rest = rest.length === 0 ? data : Buffer.concat([rest, data])
    let count = 0
    for (;;) {
      const end = isEcho ? ANSWER : rest.indexOf('\r\n\r\n') + 4
      if (end < 4 || end > rest.length) return count
      rest = rest.subarray(end)
      count++
    }
  }
}

/** Goes on with as many as were answered. */
function line(index: number, send: (bytes: Buffer) => void): (answers: number) => void {
  for (let i = 0; i < WINDOW; i++) send(request(index))
  return answers => {
    done += answers
    for (let i = 0; i < answers; i++) send(request(index))
  }
}

async function open(index: number): Promise<void> {
  if (kind === 'udp') {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
    socket.connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const more = line(index, bytes => socket.send(bytes))
    socket.on('message', () => more(1))
  } else if (kind === 'ws') {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, isEcho ? [] : ['sip'], { perMessageDeflate: false })
    await once(socket, 'open')
    const more = line(index, bytes => socket.send(bytes.toString('latin1')))
    socket.on('message', () => more(1))
  } else {
    const to = { port, host: '127.0.0.1' }
    const socket = kind === 'tls' ? tlsConnect({ ...to, rejectUnauthorized: false }) : connect(to)
    await once(socket, kind === 'tls' ? 'secureConnect' : 'connect')
    socket.setNoDelay(true)
    const count = counter()
    const more = line(index, bytes => void socket.write(bytes))
    socket.on('data', data => more(count(data)))
  }
}

for (let index = 0; index < LINES; index++) await open(index)
await sleep(Number(field(orders, 'warmUp')))
report('begin', { done })
await sleep(Number(field(orders, 'measured')))
report('end', { done })
process.disconnect()
process.exit(0)
