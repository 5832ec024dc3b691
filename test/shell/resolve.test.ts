import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect } from 'chai'
import { EnvironmentError } from '../../shell/command.js'
import { command } from '../../shell/resolve.js'
import { a, honest, NameServer, naptr, srv } from '../sip/location/name-server.js'

const zone = {
  'example.test': [naptr(10, 0, 'SIP+D2U', '_sip._udp.example.test'), naptr(20, 0, 'E2U+sip', 'x.test')],
  '_sip._udp.example.test': [srv(1, 0, 5070, 'two.test'), srv(0, 0, 5060, 'one.test')],
  'one.test': [a('192.0.2.1')],
  'two.test': [a('192.0.2.2')],
}

describe('sipwright resolve', () => {
  let server: NameServer
  before(async () => {
    server = await NameServer.start(honest(zone))
  })
  after(() => server.close())

  async function run(...args: readonly string[]): Promise<{ code: number; lines: string[] }> {
    const { log } = console
    const lines: string[] = []
    console.log = (text: string): void => void lines.push(...text.split('\n'))
    try {
      return { code: await command.run([...args, '--server', `127.0.0.1:${server.port}`]), lines }
    } finally {
      console.log = log
    }
  }

  it('shows each question, its records, and the order of the targets', async () => {
    const { code, lines } = await run('sip:bob@example.test')
    expect(code).to.equal(0)
    expect(lines.slice(0, 7)).to.deep.equal([
      'NAPTR example.test: which transports the domain prefers',
      '  found, for 60 s',
      '    10 0 "s" "SIP+D2U" "" _sip._udp.example.test',
      '    20 0 "s" "E2U+sip" "" x.test  not for us',
      'SRV _sip._udp.example.test: which servers it has, and in what order',
      '  found, for 60 s',
      '    1 0 5070 two.test',
    ])
    expect(lines.slice(-3)).to.deep.equal([
      'targets, in the order of trying',
      '  1  UDP  192.0.2.1 port 5060',
      '  2  UDP  192.0.2.2 port 5070',
    ])
  })

  it('says it in JSON', async () => {
    const { code, lines } = await run('sip:one.test:5090;transport=tcp', '--json')
    expect(code).to.equal(0)
    expect(JSON.parse(lines.join(''))).to.deep.include({
      uri: 'sip:one.test:5090;transport=tcp',
      targets: [{ transport: 'TCP', address: '192.0.2.1', port: 5090, name: 'one.test' }],
    })
  })

  it('waits no longer than it is told to for a server that says nothing', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1')
    await once(silent, 'listening')
    try {
      const late = command.run([
        'sip:bob@example.test',
        '--server',
        `127.0.0.1:${silent.address().port}`,
        '--timeout',
        '50',
      ])
      expect(await late.catch((error: unknown) => error)).to.deep.include(
        new EnvironmentError('the DNS did not answer within 50 ms'),
      )
      expect((await run('sip:one.test', '--timeout', '60s')).code).to.equal(0)
    } finally {
      silent.close()
    }
  })

  it('asks nobody for an address', async () => {
    const { lines } = await run('sip:192.0.2.9')
    expect(lines[0]).to.equal('nothing to ask the DNS for')
    expect(lines.at(-1)).to.equal('  1  UDP  192.0.2.9 port 5060')
  })

  it('ends with 1 when there is no server', async () => {
    const { code, lines } = await run('sip:nobody.test')
    expect(code).to.equal(1)
    expect(lines.at(-1)).to.equal('targets: none: the DNS knows no server')
  })

  it('refuses a server that is no address', async () => {
    let told = ''
    await command.run(['sip:x.test', '--server', 'dns.test']).catch((error: unknown) => {
      told = String(error)
    })
    expect(told).to.match(/UsageError.*dns\.test is no name server/)
  })
})
