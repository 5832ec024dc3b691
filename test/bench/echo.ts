/**
 * The floor of the bench: a bare `node:dgram` server that answers every datagram with 400 bytes of it.
 * It sends as most programs do, without a `lookup` of its own, because the budgets were set against that.
 */
import { createSocket } from 'node:dgram'
import { answerParent, report } from './process.js'

const size = 400
const padding = Buffer.alloc(size, 'x')
const socket = createSocket('udp4')
socket.on('message', (message, from) => {
  const reply = message.length >= size ? message.subarray(0, size) : Buffer.concat([message, padding], size)
  socket.send(reply, 0, size, from.port, from.address)
})
socket.bind(0, '127.0.0.1', () => report('ready', socket.address().port))
answerParent({})
