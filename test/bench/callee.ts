/**
 * Whom a measured server calls: one process, one UDP socket on 127.0.0.1, which lets each call ring, answers it at once and
 * takes its BYE. It reports the marks that the load generator does; what is done are calls that were ended.
 */
import { createSocket, type RemoteInfo } from 'node:dgram'
import { callAnswers, callIdOf, isRequest } from './messages.js'
import { answerParent, field, report } from './process.js'

const orders: unknown = JSON.parse(process.argv[2] ?? '{}')
const warmUp = Number(field(orders, 'warmUp'))
const measured = Math.min(Number(field(orders, 'measured')), 120_000)

const counts = { started: 0, done: 0, failed: 0, retransmissions: 0, strays: 0 }
/** Calls that go on, by Call-ID. */
const calls = new Set<string>()
const socket = createSocket({
  type: 'udp4',
  recvBufferSize: 4 << 20,
  lookup: (host, _options, done) => done(null, host, 4),
})

function receive(message: Buffer, from: RemoteInfo): void {
  const text = message.toString('latin1')
  const callId = callIdOf(text)
  const send = (answer: Buffer): void => socket.send(answer, 0, answer.length, from.port, from.address)
  if (isRequest(text, 'INVITE')) {
    if (calls.has(callId)) counts.retransmissions++
    else counts.started++
    calls.add(callId)
  } else if (isRequest(text, 'BYE')) {
    if (calls.delete(callId)) counts.done++
    else counts.retransmissions++
  } else return
  for (const answer of callAnswers(text, socket.address().port)) send(answer)
}

function mark(kind: string): void {
  const { user, system } = process.cpuUsage()
  report(kind, { ...counts, at: performance.now(), cpu: user + system })
}

socket.on('message', receive)
socket.once('message', () => {
  setTimeout(() => {
    mark('begin')
    setTimeout(() => mark('end'), measured)
  }, warmUp)
})
socket.on('error', error => {
  process.stderr.write(`callee: ${error.message}\n`)
  process.exit(3)
})
answerParent({ counts: () => ({ ...counts, open: calls.size }) })
socket.bind(0, '127.0.0.1', () => report('ready', socket.address().port))
