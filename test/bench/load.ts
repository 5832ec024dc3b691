/**
 * The load generator: one process, one UDP socket, a window of slots each with one transaction or call under way.
 * A finished slot starts again at once (closed loop). What gets no answer is sent again after 500 ms, doubling; after
 * 8 s it is a failure. It speaks to 127.0.0.1 only and is bounded in time and in count.
 */
import { createSocket } from 'node:dgram'
import {
  type Endpoints,
  inDialog,
  inviteTemplate,
  optionsTemplate,
  readStamp,
  readStatus,
  stamp,
  stampText,
  type Template,
} from './messages.js'
import { field, report } from './process.js'

interface Slot {
  readonly index: number
  readonly first: Buffer
  generation: number
  /** The letter of the request that is waiting for its final response; 0 while the slot is idle. */
  waiting: number
  ringing: boolean
  out: Buffer
  ack: Buffer
  sentAt: number
  tries: number
}

const T1 = 500
const givesUp = 8000
const none = Buffer.alloc(0)
const letters = { options: 0x4f, invite: 0x49, bye: 0x42 }

const orders: unknown = JSON.parse(process.argv[2] ?? '{}')
const unit = String(field(orders, 'unit'))
/** A call that is held is not ended. */
const isCall = unit === 'call' || unit === 'held'
const port = Number(field(orders, 'port'))
const window = Math.min(Number(field(orders, 'window')), 4096)
const warmUp = Number(field(orders, 'warmUp'))
const measured = Math.min(Number(field(orders, 'measured')), 120_000)
const limit = Math.min(Number(field(orders, 'limit')), 100_000_000)

const counts = { started: 0, done: 0, failed: 0, retransmissions: 0, strays: 0 }
const slots: Slot[] = []
const socket = createSocket({
  type: 'udp4',
  recvBufferSize: 4 << 20,
  lookup: (host, _options, done) => done(null, host, 4),
})
let stopping = false
let template: Template = { bytes: none, stamps: [] }
let ends: Endpoints = { local: '', remote: `127.0.0.1:${port}`, run: process.pid.toString(16) }

function send(slot: Slot, bytes: Buffer): void {
  slot.sentAt = performance.now()
  socket.send(bytes, 0, bytes.length)
}

function begin(slot: Slot): void {
  if (stopping || counts.started >= limit) {
    slot.waiting = 0
    return
  }
  counts.started++
  slot.generation++
  slot.tries = 0
  slot.ringing = false
  slot.ack = none
  slot.out = slot.first
  slot.waiting = isCall ? letters.invite : letters.options
  stamp(slot.first, template.stamps, slot.index, slot.generation)
  send(slot, slot.first)
}

function finish(slot: Slot, good: boolean): void {
  if (good) counts.done++
  else counts.failed++
  begin(slot)
}

function answered(slot: Slot, message: Buffer): void {
  const digits = stampText(slot.index, slot.generation)
  const answer = message.toString('latin1')
  slot.ack = inDialog('ACK', answer, digits, ends)
  if (unit === 'held') {
    send(slot, slot.ack)
    return finish(slot, true)
  }
  slot.out = inDialog('BYE', answer, digits, ends)
  slot.waiting = letters.bye
  slot.tries = 0
  send(slot, slot.ack)
  send(slot, slot.out)
}

function receive(message: Buffer): void {
  const whose = readStamp(message)
  const slot = whose && slots[whose.slot]
  if (!slot || whose.generation !== slot.generation) {
    counts.strays++
    return
  }
  const status = unit === 'echo' ? 200 : readStatus(message)
  if (whose.letter !== slot.waiting) {
    // The 2xx came again, so our ACK was lost (§13.2.2.4).
    if (whose.letter === letters.invite && status >= 200 && status < 300) send(slot, slot.ack)
    else counts.strays++
  } else if (status < 200) slot.ringing = true
  else if (status >= 300) finish(slot, false)
  else if (whose.letter === letters.invite) answered(slot, message)
  else finish(slot, true)
}

/** §17.1.1.2: a provisional response ends the INVITE's retransmissions; a non-INVITE request goes on. */
function retransmit(): void {
  const now = performance.now()
  for (const slot of slots) {
    const age = now - slot.sentAt
    if (slot.waiting === 0 || age < T1 * 2 ** slot.tries) continue
    if (age >= givesUp) finish(slot, false)
    else if (!slot.ringing || slot.waiting === letters.bye) {
      slot.tries++
      counts.retransmissions++
      send(slot, slot.out)
    }
  }
}

function mark(kind: string): void {
  const { user, system } = process.cpuUsage()
  report(kind, { ...counts, at: performance.now(), cpu: user + system })
}

async function run(): Promise<void> {
  for (const slot of slots) begin(slot)
  await elapsed(warmUp, () => false)
  mark('begin')
  await elapsed(measured, () => counts.done + counts.failed >= limit)
  stopping = true
  mark('end')
  await elapsed(4000, () => slots.every(slot => slot.waiting === 0))
  mark('drained')
  process.disconnect()
  process.exit(0)
}

function elapsed(time: number, early: () => boolean): Promise<void> {
  const until = performance.now() + time
  return new Promise(resolve => {
    const look = setInterval(() => {
      if (performance.now() < until && !early()) return
      clearInterval(look)
      resolve()
    }, 5)
  })
}

socket.on('message', receive)
socket.on('error', error => {
  process.stderr.write(`load generator: ${error.message}\n`)
  process.exit(3)
})
process.on('disconnect', () => process.exit(0))
socket.bind(0, '127.0.0.1', () => {
  socket.connect(port, '127.0.0.1', () => {
    ends = { ...ends, local: `127.0.0.1:${socket.address().port}` }
    template = isCall ? inviteTemplate(ends) : optionsTemplate(ends)
    for (let index = 0; index < window; index++) {
      const first = Buffer.from(template.bytes)
      slots.push({
        index,
        first,
        generation: 0,
        waiting: 0,
        ringing: false,
        out: first,
        ack: none,
        sentAt: 0,
        tries: 0,
      })
    }
    setInterval(retransmit, 50)
    void run()
  })
})
