import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Program, script, serve, sipwright } from './program.js'

/** All servers of these tests, and their clients, look for each other here. */
const runtime = mkdtempSync(join(tmpdir(), 'sipwright-'))
const folder = join(runtime, 'sipwright')
const { XDG_RUNTIME_DIR: before } = process.env

describe('a server and those who attach to it', function () {
  this.timeout(60_000)
  let program: Program
  let place: string

  beforeEach(async () => {
    process.env['XDG_RUNTIME_DIR'] = runtime
    ;({ program, place } = await serve('--threads', '0'))
  })

  afterEach(async () => {
    program.signal('SIGTERM')
    await program.ended
    if (before === undefined) delete process.env['XDG_RUNTIME_DIR']
    else process.env['XDG_RUNTIME_DIR'] = before
  })

  after(() => rmSync(runtime, { recursive: true }))

  const path = (): string => join(folder, `${program.pid}.sock`)

  it('is reached by its user only, and leaves nothing behind', async () => {
    expect(statSync(path()).mode & 0o777).to.equal(0o600)
    expect(statSync(folder).mode & 0o777).to.equal(0o700)
    program.signal('SIGTERM')
    await program.ended
    expect(existsSync(path())).to.equal(false)
  })

  it('shows what it holds, as a table and as data', async () => {
    const { code, out } = await sipwright(['show', 'listeners'])
    expect(out).to.match(/^ {2}Transport {2}Address +Port\n {2}UDP +127\.0\.0\.1 +\d+\n {2}TCP /)
    expect(code).to.equal(0)
    const topics = [
      'shards',
      'transactions',
      'dialogs',
      'sessions',
      'timers',
      'connections',
      'targets',
      'cores',
      'bans',
    ]
    const typed = await sipwright(['attach'], topics.map(topic => `JSON.stringify(await show('${topic}'))\n`).join(''))
    for (const line of typed.out.trimEnd().split('\n')) expect(JSON.parse(line), line).to.be.an('array')
    expect(typed.out.split('\n')).to.have.length(topics.length + 1)
    expect(JSON.parse((await sipwright(['show', 'counters', '--json'])).out)).to.include({ faults: 0, busy: 0 })
    expect((await sipwright(['show', 'actors'])).out).to.match(/^main thread\n.*listeners/s)
  })

  it('draws the latest call, and says when there was none', async () => {
    const none = await sipwright(['ladder'])
    expect(none).to.deep.equal({ code: 1, out: '', err: 'sipwright ladder: nothing is known of any call\n' })
    await sipwright(['ping', `sip:${place}`])
    const { code, out } = await sipwright(['ladder'])
    expect(out).to.match(/^Call-ID .*OPTIONS.*200 OK \(OPTIONS\)/s)
    expect(code).to.equal(0)
    expect((await sipwright(['ladder', '--follow'])).err).to.match(/needs a terminal/)
  })

  it('answers lines of a pipe, those of several at once, and goes on', async () => {
    const script = 'globalThis.mine = stack.listening.length\nmine + 40\nawait 1; mine\nshow census\n'
    const sessions = await Promise.all([1, 2].map(() => sipwright(['attach'], script)))
    for (const { code, out, err } of sessions) {
      expect({ code, err }).to.deep.equal({ code: 0, err: '' })
      expect(out).to.match(/^2\n42\n2\n {2}Transactions {2}0\n/)
    }
    const { code, out } = await sipwright(['ping', `sip:${place}`])
    expect({ code }, out).to.deep.equal({ code: 0 })
  })

  it('prints what passes when it is told to, of one method', async () => {
    expect((await sipwright(['trace', 'on', '--method', 'options'])).code).to.equal(0)
    await sipwright(['message', `sip:anyone@${place}`, 'hello'])
    await sipwright(['ping', `sip:${place}`])
    const [all] = await program.printed(/^.* OPTIONS \(\S+\)\n.* 200 OK \(OPTIONS\) .*\n/ms)
    expect(all).not.to.match(/ MESSAGE \(/)
    expect((await sipwright(['trace', 'off'])).code).to.equal(0)
    expect((await sipwright(['trace', 'maybe'])).code).to.equal(2)
  })

  it('hangs up a call, and exports what it recorded', async () => {
    const call = new Program(['call', `sip:anyone@${place}`, '--hold-for', '20000'])
    await call.printed(/answered/)
    const [{ callId }] = JSON.parse((await sipwright(['show', 'sessions', '--json'])).out)
    expect((await sipwright(['dialog', callId, 'bye'])).code).to.equal(0)
    expect((await call.ended).out).to.match(/the other side hung up/)
    expect((await sipwright(['dialog', 'unknown', 'bye'])).code).to.equal(1)
    expect((await sipwright(['dialog', 'unknown', 'end'])).code).to.equal(2)
    expect((await sipwright(['connection', '99', 'end'])).code).to.equal(2)
    expect((await sipwright(['show', 'zzz'])).err).to.match(
      /^sipwright show: there is no zzz to show, but transactions, /,
    )
    expect((await sipwright(['connection', '99', 'close'])).err).to.equal(
      'sipwright connection: there is no connection 99\n',
    )
    const { out } = await sipwright(['export', callId, '--spec'])
    expect(out).to.match(/^\/\/ The call .*\nimport .*callee\.send\('BYE'\)/s)
    expect((await sipwright(['export', '--spec', '--pcap'])).code).to.equal(2)
    const pcap = spawnSync(process.execPath, [script, 'export', '--pcap'])
    expect(pcap.stdout.readUInt32LE(0)).to.equal(0xa1b2c3d4)
    expect(pcap.stdout.includes('INVITE sip:anyone@')).to.equal(true)
  })

  it('logs less when it is told to', async () => {
    const { out } = await sipwright(['loglevel', 'error,transport=silent', '--json'])
    expect(JSON.parse(out)).to.include({ stack: 'error', transport: 'silent' })
    expect((await sipwright(['loglevel', 'loud'])).code).to.equal(2)
  })

  it('ends without hurry', async () => {
    const { code, out } = await sipwright(['drain', '1000'])
    expect({ code, out }).to.deep.equal({ code: 0, out: 'it has ended, and nothing was cut short\n' })
    expect((await program.ended).code).to.equal(0)
  })

  it('says what it cut short', async () => {
    const call = new Program(['call', `sip:anyone@${place}`, '--hold-for', '20000'])
    await call.printed(/answered/)
    const { code, err } = await sipwright(['drain', '200'])
    expect({ code, err }).to.deep.equal({ code: 1, err: 'sipwright drain: it has ended, and cut short 1 dialogs\n' })
    expect((await call.ended).out).to.match(/the other side hung up/)
  })

  it('ends what does not greet it', async () => {
    const socket = connect(path()).on('error', () => undefined)
    socket.write('GET / HTTP/1.1\r\n\r\n')
    await once(socket, 'close')
    expect((await sipwright(['show', 'census'])).code).to.equal(0)
  })

  it('goes on when somebody types behind the end of what they typed', async () => {
    const socket = connect(path()).on('error', () => undefined)
    const said = [
      { kind: 'attach', isTerminal: false, hasColors: false, columns: 80, rows: 24 },
      { kind: 'end' },
      { kind: 'typed', text: '1\n' },
    ]
    socket.end(said.map(each => `${JSON.stringify(each)}\n`).join(''))
    await once(socket.resume(), 'close')
    expect((await sipwright(['show', 'listeners', `--control=${program.pid}`])).code).to.equal(0)
    expect((await sipwright(['show', 'listeners', '--control'])).code).to.equal(2)
  })

  it('is asked for by path or process where several run', async () => {
    const other = await serve('--threads', '0', '--control', join(folder, 'other.sock'))
    try {
      const { code, err } = await sipwright(['show', 'census'])
      expect(err).to.match(
        new RegExp(
          `several servers run here, choose with attach PATH or --control PATH: ${path()} \\S+other\\.sock; see`,
        ),
      )
      expect(code).to.equal(2)
      for (const which of [path(), String(program.pid), join(folder, 'other.sock')]) {
        expect((await sipwright(['show', 'census', '--control', which])).code, which).to.equal(0)
      }
      const taken = await sipwright(['serve', '--listen', 'udp:127.0.0.1:0', '--control', path()])
      expect(taken.err).to.equal(`sipwright serve: ${path()} is in use: another server listens there\n`)
      expect(taken.code).to.equal(3)
    } finally {
      other.program.signal('SIGTERM')
      await other.program.ended
    }
  })

  it('removes what a server that was killed has left', async () => {
    const other = await serve('--threads', '0')
    const left = join(folder, `${other.program.pid}.sock`)
    other.program.signal('SIGKILL')
    await other.program.ended
    expect(existsSync(left)).to.equal(true)
    expect((await sipwright(['show', 'census'])).code).to.equal(0)
    expect(existsSync(left)).to.equal(false)
  })

  it('is not attached to where that is off, or the place is no place for it', async () => {
    const { program: other } = await serve('--threads', '0', '--control', 'off')
    expect(existsSync(join(folder, `${other.pid}.sock`))).to.equal(false)
    other.signal('SIGTERM')
    await other.ended
    const file = join(runtime, 'file')
    writeFileSync(file, '')
    const apps = join(runtime, 'apps')
    mkdirSync(apps)
    for (const [bad, why] of [
      [file, /is there already, and no socket/],
      [`${runtime}/${'x'.repeat(100)}`, /too long for a socket/],
      ['/no/such/folder/sock', /there is no folder \/no\/such\/folder for/],
    ] as const) {
      const { code, err } = await sipwright([
        ...['serve', '--listen', 'udp:127.0.0.1:0', '--autodeploy', apps, '--control', bad],
      ])
      expect(err).to.match(why)
      expect(code).to.be.oneOf([2, 3])
    }
  })

  it('is not looked for in a folder that a stranger may have put there', async () => {
    const strange = mkdtempSync(join(tmpdir(), 'sipwright-'))
    symlinkSync(folder, join(strange, 'sipwright'))
    for (const args of [[], ['--control', String(program.pid)]]) {
      const { code, err } = await sipwright(['show', 'listeners', ...args], '', { XDG_RUNTIME_DIR: strange })
      expect(err).to.match(/is not ours/)
      expect(code).to.equal(3)
    }
    rmSync(strange, { recursive: true })
  })

  it('closes its folder to others before it listens there', async () => {
    chmodSync(folder, 0o755)
    const { program: other } = await serve('--threads', '0')
    expect(statSync(folder).mode & 0o777).to.equal(0o700)
    other.signal('SIGTERM')
    await other.ended
  })
})
