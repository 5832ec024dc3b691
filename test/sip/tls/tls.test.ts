import { type ConnectionOptions, connect, createServer, type TLSSocket } from 'node:tls'
import { expect } from 'chai'
import { type Core, type Outcome, SipStack, type StackOptions } from '../../../apps/sip/sip.js'
import { authority, pair, stranger } from './certificates.js'

const anybody: Core = { name: 'anybody', match: () => true }

describe('TLS', () => {
  const open: SipStack[] = []
  const logged: string[] = []

  afterEach(async () => {
    await Promise.all(open.splice(0).map(stack => stack.close()))
    expect(logged.splice(0)).to.deep.equal([])
  })

  async function start(options: StackOptions): Promise<SipStack> {
    const stack = await SipStack.start({ ...options, log: ({ text }) => logged.push(text) })
    stack.register(anybody)
    open.push(stack)
    return stack
  }

  /** A server, and its port. */
  async function server(tls: StackOptions['tls']): Promise<{ readonly stack: SipStack; readonly port: number }> {
    const stack = await start({ listen: ['tls:127.0.0.1:0'], ...(tls === undefined ? {} : { tls }) })
    return { stack, port: portOf(stack) }
  }

  function client(tls: StackOptions['tls']): Promise<SipStack> {
    return start({ listen: ['udp:127.0.0.1:0'], tls: { ca: authority, ...tls } })
  }

  function ask(stack: SipStack, host: string, port: number): Promise<Outcome> {
    return stack.request('OPTIONS', `sips:bob@${host}:${port};maddr=127.0.0.1`)
  }

  function portOf(stack: SipStack): number {
    return Number(stack.listening[0]?.split(':').at(-1))
  }

  function plain(port: number, options: ConnectionOptions): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, ca: authority, servername: 'example.com', ...options }, () =>
        resolve(socket),
      )
      socket.on('error', reject)
    })
  }

  function reasonOf(outcome: Outcome): string {
    return outcome.kind === 'transportError' ? outcome.reason : outcome.kind
  }

  it('§26.3.1 carries requests and responses, on one connection', async () => {
    const { stack, port } = await server(pair('example'))
    const alice = await client({})
    for (let i = 0; i < 3; i++) expect((await ask(alice, 'example.com', port)).kind).to.equal('answered')
    expect((await stack.census()).connections).to.equal(1)
    expect((await alice.census()).connections).to.equal(1)
  })

  it('carries a call, and the BYE that the callee sends back', async () => {
    const { stack, port } = await server(pair('example'))
    stack.register({
      name: 'short',
      priority: 1,
      match: () => true,
      INVITE: invite => invite.reply(200, { body: 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n' }),
    })
    const alice = await client({})
    const outcome = await alice.invite(`sips:bob@example.com:${port};maddr=127.0.0.1`).outcome
    if (outcome.kind !== 'answered') throw new Error(outcome.kind)
    expect((await outcome.dialog.bye()).kind).to.equal('answered')
  })

  describe('RFC 5922 the certificate has to name the domain before resolution', () => {
    it('§7.3 a certificate of another name is refused [5922-7.3-1] [5922-7.3-2] [TRP-17]', async () => {
      const { port } = await server(pair('other'))
      const alice = await client({})
      expect(reasonOf(await ask(alice, 'example.com', port))).to.include('not that of example.com')
    })

    it('§7.1 a sip URI counts, and a DNS name beside it does not [5922-7.1-6] [5922-7.1-7] [TRP-17]', async () => {
      const { port } = await server(pair('domain'))
      const alice = await client({})
      expect((await ask(alice, 'example.org', port)).kind).to.equal('answered')
      expect(reasonOf(await ask(alice, 'host.example.org', port))).to.include('not that of host.example.org')
    })

    it('§7.2 a wildcard matches nothing [5922-7.2-6] [TRP-17]', async () => {
      const { port } = await server(pair('wildcard'))
      expect(reasonOf(await ask(await client({}), 'www.example.com', port))).to.include('not that of www.example.com')
    })

    it('§7.1 without subjectAltName the common name counts', async () => {
      const { port } = await server(pair('common'))
      expect((await ask(await client({}), 'common.example.com', port)).kind).to.equal('answered')
    })

    it('an address stands for itself', async () => {
      const { port } = await server(pair('example'))
      const alice = await client({})
      expect((await alice.request('OPTIONS', `sips:127.0.0.1:${port}`)).kind).to.equal('answered')
    })

    it('CVE-2020-15260: two domains at one address share no connection', async () => {
      const { stack, port } = await server({
        ...pair('example'),
        names: { 'other.example.net': pair('other') },
      })
      const alice = await client({})
      expect((await ask(alice, 'example.com', port)).kind).to.equal('answered')
      expect((await ask(alice, 'other.example.net', port)).kind).to.equal('answered')
      expect(reasonOf(await ask(alice, 'third.example.net', port))).to.include('not that of third.example.net')
      expect((await stack.census()).connections).to.equal(2)
    })

    it('an authority that we do not trust vouches for nobody [5922-7.1-1]', async () => {
      const { port } = await server(pair('impostor'))
      expect((await ask(await client({}), 'example.com', port)).kind).to.equal('transportError')
      expect((await ask(await client({ ca: stranger }), 'example.com', port)).kind).to.equal('answered')
    })

    it('unless told not to verify', async () => {
      const { port } = await server(pair('impostor'))
      expect((await ask(await client({ verify: false }), 'whoever.example.com', port)).kind).to.equal('answered')
    })
  })

  it('refuses a client without a certificate where one is asked for, and serves one that has it', async () => {
    const { port } = await server({ ...pair('example'), ca: authority, requestCert: true })
    expect((await ask(await client({}), 'example.com', port)).kind).to.equal('transportError')
    expect((await ask(await client(pair('impostor')), 'example.com', port)).kind).to.equal('transportError')
    expect((await ask(await client(pair('other')), 'example.com', port)).kind).to.equal('answered')
  })

  it('keeps to the lowest version it was told', async () => {
    const { port } = await server({ ...pair('example'), minVersion: 'TLSv1.3' })
    const failure = await plain(port, { maxVersion: 'TLSv1.2' }).then(
      () => 'connected',
      () => 'refused',
    )
    expect(failure).to.equal('refused')
    const socket = await plain(port, {})
    expect(socket.getProtocol()).to.equal('TLSv1.3')
    socket.destroy()
  })

  it('takes new certificates into use while connections go on', async () => {
    const { stack, port } = await server(pair('other'))
    const old = await plain(port, { servername: 'other.example.net' })
    stack.setTls(pair('example'))
    const fresh = await plain(port, {})
    expect(fresh.getPeerCertificate().subject.CN).to.equal('example.com')
    old.write('\r\n\r\n')
    const pong = await new Promise(resolve => old.once('data', data => resolve(data.toString())))
    expect(pong).to.equal('\r\n')
    for (const socket of [old, fresh]) socket.destroy()
  })

  it('refuses keys that cannot be used, and goes on with those it has', async () => {
    const { stack, port } = await server(pair('example'))
    expect(() => stack.setTls({ key: 'nonsense', cert: 'nonsense' })).to.throw(TypeError, 'cannot be used')
    expect((await ask(await client({}), 'example.com', port)).kind).to.equal('answered')
    const wrong = SipStack.start({ listen: ['tls:127.0.0.1:0'], tls: { key: 'x', cert: 'y' } })
    expect(await wrong.catch((error: unknown) => error)).to.be.instanceOf(TypeError)
  })

  it('keeps the certificate of a listener: without one there is nothing to take into use', async () => {
    const { stack, port } = await server(pair('example'))
    expect(() => stack.setTls({ ca: authority })).to.throw(TypeError, 'needs a certificate')
    expect((await ask(await client({}), 'example.com', port)).kind).to.equal('answered')
  })

  it('§26.3.1 does not listen without a certificate, and says so', async () => {
    const refused = (starting: Promise<unknown>): Promise<unknown> =>
      starting.then(
        () => expect.fail('it was not refused'),
        (error: unknown) => error instanceof TypeError && error.message,
      )
    const advice = 'needs a certificate: give it, or the stack, tls: { key, cert }'
    for (const at of ['tls:127.0.0.1:0', 'wss:127.0.0.1:0']) {
      for (const tls of [{}, { ca: authority }, { key: pair('example').key }]) {
        expect(await refused(SipStack.start({ listen: [at], tls }))).to.equal(`${at} ${advice}`)
        expect(await refused(SipStack.start({ listen: [{ at, tls }], tls: pair('example') }))).to.equal(
          `${at} ${advice}`,
        )
      }
      const stack = await start({ listen: ['udp:127.0.0.1:0'] })
      expect(await refused(stack.listen(at))).to.equal(`${at} ${advice}`)
      stack.setTls(pair('example'))
      expect(await stack.listen(at)).to.match(/^(tls|wss):127/)
      const named = { 'example.com': pair('example') }
      expect(await stack.listen({ at, tls: { names: named } })).to.match(/^(tls|wss):127/)
    }
  })

  it('shows the certificate of the name that is asked for, as long as it is told to (SNI)', async () => {
    const { stack, port } = await server({ ...pair('example'), names: { 'Other.Example.net': pair('other') } })
    const shown = async (servername: string): Promise<unknown> => {
      const socket = await plain(port, { servername, checkServerIdentity: () => undefined })
      const { subject } = socket.getPeerCertificate()
      socket.destroy()
      return subject.CN
    }
    expect(await shown('other.example.net')).to.equal('other.example.net')
    expect(await shown('else.example.net')).to.equal('example.com')
    stack.setTls({ ...pair('example'), names: { '*.example.org': pair('wildcard') } })
    expect(await shown('other.example.net')).to.equal('example.com')
    expect(await shown('sip.example.org')).to.equal('wildcard')
  })

  it('asks for certificates of clients from when it is told to, sessions of before notwithstanding [5922-7.4-1]', async () => {
    const { stack, port } = await server({ ...pair('example'), ca: authority })
    const alice = await client({})
    expect((await ask(alice, 'example.com', port)).kind).to.equal('answered')
    stack.setTls({ ...pair('example'), ca: authority, requestCert: true })
    for (const { id } of await stack.connections()) await stack.closeConnection(id)
    expect((await ask(alice, 'example.com', port)).kind).to.equal('transportError')
    expect((await ask(await client(pair('other')), 'example.com', port)).kind).to.equal('answered')
  })

  it('uses the ciphers that it is told to', async () => {
    const ciphers = 'ECDHE-ECDSA-AES256-GCM-SHA384'
    const { port } = await server({ ...pair('example'), ciphers })
    const socket = await plain(port, { maxVersion: 'TLSv1.2' })
    expect(socket.getCipher().name).to.equal(ciphers)
    socket.destroy()
    const other = plain(port, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })
    expect(await other.catch(() => 'refused')).to.equal('refused')
  })

  it('resumes a session instead of a whole handshake', async () => {
    const reused: boolean[] = []
    const bob = createServer(pair('example'), socket => {
      reused.push(socket.isSessionReused())
      socket.on('error', () => undefined)
      socket.on('data', data => {
        const lines = String(data).split('\r\n')
        const same = lines.filter(line => /^(Via|From|To|Call-ID|CSeq):/i.test(line)).join('\r\n')
        socket.end(`SIP/2.0 200 OK\r\n${same}\r\nContent-Length: 0\r\n\r\n`)
      })
    })
    await new Promise<void>(resolve => bob.listen(0, '127.0.0.1', resolve))
    const address = bob.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const alice = await client({})
    for (const others of [false, true, true]) {
      while ((await alice.census()).connections > 0) await new Promise(resolve => setTimeout(resolve, 20))
      expect((await ask(alice, 'example.com', port)).kind).to.equal('answered')
      expect(reused.at(-1)).to.equal(others)
    }
    bob.close()
  })

  it('gives up a peer that does not shake hands', async () => {
    const stack = await start({
      listen: ['tls:127.0.0.1:0'],
      tls: pair('example'),
      limits: { handshake: 100 },
    })
    const { connect: open } = await import('node:net')
    const socket = open(portOf(stack), '127.0.0.1')
    await new Promise<void>(resolve => socket.on('close', () => resolve()).resume())
    expect((await stack.census()).connections).to.equal(0)
  })

  it('B-8 §26.2.2 a sips request never leaves in clear', async () => {
    const alice = await client({})
    const bob = await start({ listen: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'] })
    for (const place of bob.listening) {
      const [transport, , port] = place.split(':')
      const outcome = await alice.request('OPTIONS', `sips:127.0.0.1:${port};transport=${transport}`)
      expect(outcome.kind).to.equal('transportError')
    }
  })
})
