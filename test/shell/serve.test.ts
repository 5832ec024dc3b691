import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { type Program, serve, sipwright } from './program.js'

describe('sipwright serve', () => {
  let program: Program
  let place: string

  before(async () => {
    ;({ program, place } = await serve('--threads', '1'))
  })

  after(async () => {
    program.signal('SIGKILL')
    await program.ended
  })

  it('prints what it listens on, what to dial once each, and what to type next', async () => {
    const [out] = await program.printed(/^.*Ctrl-C/s)
    expect(out).to.match(/^sipwright \d+\.\d+\.\d+ listens on udp:\S+ and tcp:\S+; calls live on 1 worker thread\n/)
    expect(out.split(`BUSY: Call me at "Busy UAS" <sip:busy@${place}>\n`).length).to.equal(2)
    expect(out.split(`<sip:anyone@${place}>\n`).length).to.equal(2)
    expect(out)
      .to.include(`sipwright ping sip:${place}\n`)
      .and.to.include(`sipwright message sip:echo@${place} hello\n`)
  })

  it('answers ping', async () => {
    const { code, out } = await sipwright(['ping', `sip:${place}`])
    expect(out).to.match(new RegExp(`^200 OK from sip:${place} in [\\d.]+ ms\n$`))
    expect(code).to.equal(0)
  })

  it('answers ping with data', async () => {
    const { code, out } = await sipwright(['ping', `sip:${place}`, '--json', '--count', '2'])
    const { sent, answered, results } = JSON.parse(out)
    expect({ code, sent, answered }).to.deep.equal({ code: 0, sent: 2, answered: 2 })
    expect(results[0]).to.include({ status: 200, text: '200 OK' })
    expect(results[0].ms).to.be.within(0, 60_000)
  })

  it('takes a call, and says goodbye', async () => {
    const { code, out } = await sipwright(['call', `sip:anyone@${place}`, '--hold-for', '50'])
    expect(out).to.match(/calling .*\n.* progress +180 Ringing\n.* answered +200 OK\n.* ended +hung up: 200 OK\n$/)
    expect(code).to.equal(0)
  })

  it('shows the messages of a call, and writes them to a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sipwright-'))
    const pcap = ['--pcap', join(folder, 'call.pcap')]
    const { code, out } = await sipwright(['call', `sip:anyone@${place}`, '--hold-for', '50', '--ladder', ...pcap])
    const written = readFileSync(join(folder, 'call.pcap'))
    rmSync(folder, { recursive: true })
    expect(code).to.equal(0)
    expect(out).to.match(/\nCall-ID .*\n\n.*\n.* INVITE -.*\n.*180 Ringing.*\n.*200 OK.*\n.* ACK .*\n.* BYE .*\n/)
    expect(written.includes(`INVITE sip:anyone@${place}`)).to.equal(true)
  })

  it('says that a file cannot be written', async () => {
    const { code, err } = await sipwright(['call', `sip:anyone@${place}`, '--hold-for', '0', '--pcap', '/no/such/file'])
    expect(err).to.match(/^sipwright call: cannot write \/no\/such\/file: ENOENT.*\n$/)
    expect(code).to.equal(3)
  })

  it('prints messages and connections as they go when it is asked to', async () => {
    const traced = await serve('--threads', '0', '--trace')
    try {
      await sipwright(['ping', `sip:${traced.place}`])
      await traced.program.printed(
        /^[\d:.]{12} UDP \S+ > \S+ OPTIONS \(\S+\)\n[\d:.]{12} UDP \S+ > \S+ 200 OK \(OPTIONS\) \(\S+\)\n/m,
      )
    } finally {
      traced.program.signal('SIGKILL')
      await traced.program.ended
    }
  })

  it('§9 is busy for a caller who gives up; its lines are printed once', async () => {
    const { code, out } = await sipwright(['call', `sip:busy@${place}`, '--cancel-after', '100', '--json'])
    const events = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(events.map(({ event, text }) => `${event}: ${text}`)).to.deep.equal([
      `calling: sip:busy@${place}`,
      'progress: 180 Ringing',
      'cancelled: 487 Request Terminated',
    ])
    expect(events[2].ms).to.be.within(90, 60_000)
    expect(code).to.equal(0)
    const [all] = await program.printed(/^.*has cancelled the call\n/s)
    expect(all.match(/^BUSY: .* is calling$/gm)?.length).to.equal(1)
  })

  it('§8.2.1 refuses a message, and the sender ends with 1', async () => {
    const { code, out } = await sipwright(['message', `sip:busy@${place}`, 'Grüße'])
    expect({ code, out }).to.deep.equal({ code: 1, out: `sip:busy@${place}: 405 Method Not Allowed\n` })
  })

  it('prints its census on SIGUSR2, as one line of JSON', async () => {
    program.signal('SIGUSR2')
    const [line] = await program.printed(/^\{.*\}$/m)
    const { census } = JSON.parse(line)
    expect(census).to.include({ servers: 0, calls: 0, dialogs: 0, messages: 0 })
  })

  it('ends with 3 and one line when its place is taken', async () => {
    const { code, out, err } = await sipwright(['serve', '--listen', `udp:${place}`])
    expect(err).to.equal(
      `sipwright serve: cannot listen on udp:${place}: something listens there already: stop it, or choose another port\n`,
    )
    expect({ code, out }).to.deep.equal({ code: 3, out: '' })
  })

  it('ends with 0 on SIGTERM, without a word', async () => {
    program.signal('SIGTERM')
    const { code, err } = await program.ended
    expect({ code, err }).to.deep.equal({ code: 0, err: '' })
  })
})

describe('sipwright serve with an application of its user', () => {
  it('says in which file and line it is no JavaScript', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sipwright-'))
    writeFileSync(join(folder, 'app.mjs'), "import './part.mjs'\nexport default {}\n")
    writeFileSync(join(folder, 'part.mjs'), 'const right = 1\nconst wrong = ;\n')
    const app = join(folder, 'app.mjs')
    const ends = await Promise.all(
      ['0', '1'].map(threads =>
        sipwright(['serve', '--listen', 'udp:127.0.0.1:0', '--threads', threads, '--apps', app]),
      ),
    )
    rmSync(folder, { recursive: true })
    for (const { code, err } of ends) {
      expect(err).to.match(/^sipwright serve: cannot serve \S+app\.mjs: \S+part\.mjs:2: Unexpected token ';'.*\n$/)
      expect(code).to.equal(2)
    }
  })

  it('loads it from its path', async () => {
    const app = fileURLToPath(new URL('./mailbox.js', import.meta.url))
    const { program, place } = await serve('--threads', '0', '--apps', app)
    const { code, out } = await sipwright(['message', `sip:bob@${place}`, 'Grüße', '--json'])
    program.signal('SIGINT')
    expect({ code, ...JSON.parse(out) }).to.deep.equal({
      code: 0,
      uri: `sip:bob@${place}`,
      status: 200,
      text: '200 OK',
    })
    const end = await program.ended
    expect(end.out).not.to.include('sip:busy@')
    expect(end.out).to.include(`Leave a message at ${place}\n`).and.to.include('got text/plain;charset=UTF-8 Grüße\n')
    expect(end.code).to.equal(0)
  })
})

describe('sipwright serve with a thread that is stuck', () => {
  it('ends at once with 1 on the second signal', async () => {
    const app = fileURLToPath(new URL('./stuck.js', import.meta.url))
    let took = Number.POSITIVE_INFINITY
    // The quickest of three: the machine may stand still now and then.
    for (let tries = 0; tries < 3 && took > 1000; tries++) {
      const { program, place } = await serve('--threads', '1', '--apps', app)
      await sipwright(['ping', `sip:${place}`, '--timeout', '100'])
      await program.printed(/^stuck$/m)
      program.signal('SIGTERM')
      let signalled = 0
      // One that is sent before the other was taken is none.
      const again = setInterval(() => {
        signalled = performance.now()
        program.signal('SIGTERM')
      }, 1100)
      const { code } = await program.ended
      clearInterval(again)
      took = performance.now() - signalled
      expect(code).to.equal(1)
    }
    expect(took).to.be.lessThan(1000)
  })
})

describe('a command without an answer', () => {
  it('ping ends with 1 when nobody answers in time', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1')
    await once(silent, 'listening')
    const { code, out } = await sipwright([
      'ping',
      `sip:127.0.0.1:${silent.address().port}`,
      '--timeout',
      '50',
      '--json',
    ])
    silent.close()
    const { answered, results } = JSON.parse(out)
    expect({ code, answered }).to.deep.equal({ code: 1, answered: 0 })
    expect(results[0].text).to.equal('no answer within 50 ms')
  })

  it('ping ends with 1 when the connection is refused, and says so', async () => {
    // A port that was free a moment ago.
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    server.close()
    const uri = `sip:127.0.0.1:${port};transport=tcp`
    const { code, out } = await sipwright(['ping', uri])
    const why = `connect ECONNREFUSED 127.0.0.1:${port} (nobody listens there: is it started, and are port and transport right?)`
    expect({ code, out }).to.deep.equal({ code: 1, out: `${uri}: no answer: ${why}\n` })
  })
})
