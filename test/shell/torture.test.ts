import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect } from 'chai'
import { SipStack } from '../../apps/sip/sip.js'
import uas from '../../apps/uas/uas.js'
import { verdictOn } from '../../shell/torture.js'
import { tortureSet } from '../../shell/torture-set.js'
import { sipwright } from './program.js'

/** Answers each request by its own lines, as long as it says so; 0 is no answer. */
async function element(statusOf: (request: string) => number | 'dies') {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  let isDead = false
  socket.on('message', (octets, { port, address }) => {
    const request = octets.toString('latin1')
    const status = isDead ? 0 : statusOf(request)
    isDead ||= status === 'dies'
    if (typeof status !== 'number' || status === 0) return
    const lines = request.split('\r\n').filter(line => /^(Via|From|To|Call-ID|CSeq):/.test(line))
    socket.send([`SIP/2.0 ${status} x`, ...lines, 'Content-Length: 0', '', ''].join('\r\n'), port, address)
  })
  await once(socket, 'listening')
  return { socket, uri: `sip:bob@127.0.0.1:${socket.address().port}` }
}

describe('sipwright torture', function () {
  this.timeout(60_000)

  for (const transport of ['udp', 'tcp']) {
    it(`RFC 4475 RFC 5118 SYN-28 the uas demo owes nothing over ${transport}`, async () => {
      const stack = await SipStack.start({ listen: [`${transport}:127.0.0.1:0`], log: () => undefined })
      stack.register(uas)
      try {
        const uri = `sip:bob@${stack.listening[0]?.slice(4)}`
        const { code, out } = await sipwright(['torture', uri, '--transport', transport, '--timeout', '2s'])
        expect(out).to.include(`\n${tortureSet.length} ok, 0 wrong\n`)
        expect(out.match(/^ok /gm)?.length).to.equal(tortureSet.length)
        expect(code).to.equal(0)
      } finally {
        await stack.close()
      }
    })
  }

  it('§22.2 proves who we are to one that asks for it', async () => {
    const stack = await SipStack.start({ listen: ['udp:127.0.0.1:0'], log: () => undefined })
    stack.register({
      ...uas,
      authenticate: { realm: 'here', lookup: name => (name === 'alice' ? 'secret' : undefined) },
    })
    try {
      const torture = ['torture', `sip:bob@${stack.listening[0]?.slice(4)}`, '--timeout', '5s', '--only']
      const auth = ['--auth', 'alice:secret']
      expect((await sipwright([...torture, 'three colons'])).out).to.match(/^ok +401 /)
      expect((await sipwright([...torture, 'three colons', ...auth])).out).to.match(/^ok +200 /)
      expect((await sipwright([...torture, 'unknown content'])).out).to.match(/^wrong +401 /)
      expect((await sipwright([...torture, 'unknown content', ...auth])).out).to.match(/^ok +415 /)
    } finally {
      await stack.close()
    }
  })

  it('says what was wrong, and what is owed', async () => {
    const { socket, uri } = await element(() => 200)
    const { code, out } = await sipwright(['torture', uri, '--only', 'RFC 4475 §3.1.2.1', '--json'])
    socket.close()
    const rows: { title: string; verdict: string }[] = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(rows.find(({ title }) => title.includes('unknown version'))).to.deep.equal({
      title: 'RFC 4475 §3.1.2.16 an unknown version',
      owed: [505],
      answer: 200,
      verdict: 'wrong',
    })
    expect(rows.find(({ title }) => title.includes('Via'))).to.include({ verdict: 'ok' })
    expect(code).to.equal(1)
  })

  it('says so when there is no answer where one is owed, and goes on', async () => {
    const { socket, uri } = await element(request => (request.includes('SIP/7.0') ? 0 : 400))
    const { code, out } = await sipwright(['torture', uri, '--only', '§3.1.2.1', '--timeout', '100'])
    socket.close()
    expect(out).to.match(/^wrong {2}nothing {2}RFC 4475 §3\.1\.2\.16 an unknown version: owed is 505$/m)
    expect(out).to.match(/^ok {5}400 {6}RFC 4475 §3\.1\.2\.17 /m)
    expect(code).to.equal(1)
  })

  it('stops at what ends the life of the other side', async () => {
    const { socket, uri } = await element(request => (request.includes('SIP/7.0') ? 'dies' : 400))
    const { code, out } = await sipwright(['torture', uri, '--only', '§3.1.2.16', '--timeout', '100'])
    socket.close()
    expect(out).to.match(
      /^dead {3}nothing {2}RFC 4475 §3\.1\.2\.16 .*\n\n0 ok, 0 wrong, and it does not answer any more\n$/,
    )
    expect(code).to.equal(1)
  })

  it('tortures nobody who does not answer, and no other machine', async () => {
    const { socket, uri } = await element(() => 0)
    const [remote, silent] = await Promise.all([sipwright(['torture', 'sip:192.0.2.1']), sipwright(['torture', uri])])
    socket.close()
    expect(silent).to.include({
      code: 1,
      out: '',
      err: `sipwright torture: ${uri} does not answer an OPTIONS as it is\n`,
    })
    expect(remote.code).to.equal(2)
    expect(remote.err).to.include('--allow-remote')
  })
})

describe('what is owed for torture', () => {
  it('is met by one of several answers', () => {
    const met = (...owed: Parameters<typeof verdictOn>[0]) =>
      ([200, 404, 400, 500, 603, 'nothing', 'closed'] as const).filter(answer => verdictOn(owed, answer) === 'ok')
    expect(met('served')).to.deep.equal([200, 404, 603])
    expect(met('ignored')).to.deep.equal(['nothing', 'closed'])
    expect(met(400, 500)).to.deep.equal([400, 500])
    expect(met('survives').length).to.equal(7)
  })
})
