import { expect } from 'chai'
import { type Core, SipStack } from '../../apps/sip/sip.js'
import { addressTowards, dialled, dialler } from '../../shell/dialler.js'
import { Program, serve, sipwright } from './program.js'

/** A registrar that keeps nothing but what it was told, with a password. */
function registrar(heard: string[]): Core {
  return {
    name: 'registrar',
    match: () => true,
    authenticate: { realm: 'here', lookup: username => (username === 'alice' ? 'secret' : undefined) },
    REGISTER: register => {
      const contacts = register.request.getAll('Contact')
      heard.push(`${contacts.join(' ')} ${register.request.get('Expires') ?? '-'}`)
      const named = contacts.filter(({ isWildcard }) => !isWildcard)
      register.reply(200, { headers: { Contact: named, Expires: register.request.get('Expires') ?? 600 } })
    },
  }
}

describe('sipwright register', () => {
  const heard: string[] = []
  let stack: SipStack
  let uri = ''

  before(async () => {
    stack = await SipStack.start({ listen: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'] })
    stack.register(registrar(heard))
    uri = `sip:alice@${stack.listening[0]?.slice('udp:'.length)}`
  })

  beforeEach(() => {
    heard.length = 0
  })

  after(() => stack.close())

  it('§10.2.4 §10.2.2 stays registered until a signal, and then takes the registration back', async () => {
    const program = new Program(['register', uri, '--auth', 'alice:secret', '--expires', '700'])
    await program.printed(/registered {2}for 700 s\n.*sip:alice@127/)
    program.signal('SIGINT')
    const { code, out } = await program.ended
    expect(out).to.include('removed     200 OK')
    expect(code).to.equal(0)
    expect(heard.map(line => line.split(' ').at(-1))).to.deep.equal(['700', '0'])
  })

  it('§10.2.1 registers once, with the contacts it is given', async () => {
    const { code, out } = await sipwright([
      'register',
      uri,
      '--auth',
      'alice:secret',
      '--once',
      '--contact',
      'sip:a@192.0.2.1',
      '--json',
    ])
    const contacts = [{ uri: 'sip:a@192.0.2.1' }]
    expect(JSON.parse(out)).to.deep.equal({ event: 'registered', text: '200 OK', contacts })
    expect(code).to.equal(0)
    expect(heard).to.deep.equal(['<sip:a@192.0.2.1> 3600'])
  })

  it('§10.2.3 §10.2.2 lists what is registered, and removes it [RGT-07]', async () => {
    const listed = await sipwright(['register', uri, '--auth', 'alice:secret', '--list'])
    expect(listed.out).to.equal('registered  200 OK\n            no address\n')
    expect(listed.code).to.equal(0)
    expect((await sipwright(['register', uri, '--auth', 'alice:secret', '--remove-all'])).code).to.equal(0)
    expect(heard).to.deep.equal([' -', '* 0'])
  })

  it('ends with 1 when the registrar refuses', async () => {
    const { code, out } = await sipwright(['register', uri, '--auth', 'alice:guess', '--once'])
    expect(out).to.equal('failed      401 Unauthorized\n')
    expect(code).to.equal(1)
    expect(heard).to.deep.equal([])
  })

  it('§8.1.3.5 §21.6 does not try again what will be refused again', async () => {
    const other = await SipStack.start({ listen: ['udp:127.0.0.1:0'], log: () => undefined })
    other.register({
      name: 'refusing',
      match: request => request.from.uri.user !== 'nobody',
      REGISTER: register => register.reply(Number(register.request.from.uri.user?.slice(1))),
    })
    const ask = (user: string) => `sip:${user}@${other.listening[0]?.slice('udp:'.length)}`
    try {
      const refused = await Promise.all(
        ['s403', 's404', 's501', 's603'].map(user => sipwright(['register', ask(user)])),
      )
      for (const { code, out } of refused) {
        expect(out).to.match(/^failed {6}(403|404|501|603) [^\n]+\n$/)
        expect(code).to.equal(1)
      }
      expect((await sipwright(['register', uri, '--auth', 'alice:guess'])).out).to.equal(
        'failed      401 Unauthorized\n',
      )
      const busy = new Program(['register', ask('s503')])
      await busy.printed(/failed {6}503 [^\n]+; tried again in \d+ s\n/)
      busy.signal('SIGINT')
      expect((await busy.ended).code).to.equal(1)
    } finally {
      await other.close()
    }
  })
})

describe('sipwright options and message', () => {
  it('§11.2 RFC 3428 §4 say what the demos answer', async () => {
    const { program, place } = await serve('--threads', '0')
    const options = await sipwright(['options', `sip:anyone@${place}`])
    expect(options.out).to.match(/^200 OK from .*\n(.*\n)* {2}Allow: +INVITE, .*MESSAGE/)
    expect(options.code).to.equal(0)
    const message = await sipwright(['message', `sip:anyone@${place}`, 'Grüezi', '--from', 'sip:bob@example.com'])
    expect(message).to.include({ code: 0, err: '' })
    await program.printed(/sip:bob@example\.com says: Grüezi\n/)
    program.signal('SIGTERM')
    await program.ended
  })
})

describe('the stack of a command', () => {
  it('is bound where it can be reached from its target, be that an address or a name', async () => {
    expect(await addressTowards('127.0.0.1')).to.equal('127.0.0.1')
    for (const target of ['sip:127.0.0.1', 'sip:localhost']) {
      const stack = await dialler(dialled(target, {}).uri, 60_000)
      for (const place of stack.listening) expect(place).to.match(/^(udp|tcp):(127\.0\.0\.1|\[::1\]):\d+$/)
      await stack.close()
    }
  })
})
