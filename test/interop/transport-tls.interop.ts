/** OpenSSL's own client against a TLS listener: handshake, a request and its response, and a client certificate. */

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { SipStack, type TlsOptions } from '../../apps/sip/sip.js'
import { authority, pair } from '../sip/tls/certificates.js'
import { isInstalled } from './program.js'

const program = 'openssl'
const folder = fileURLToPath(new URL('../../../test/sip/tls/', import.meta.url))
const options =
  'OPTIONS sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/TLS client.example.com;branch=z9hG4bK1;rport\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n'

describe('openssl s_client (peer: openssl)', () => {
  let stack: SipStack | undefined

  before(function () {
    if (!isInstalled(program)) this.skip()
  })

  afterEach(() => stack?.close())

  /** What the client prints, with the response in it if there is one. */
  async function dialogue(tls: TlsOptions, ...more: readonly string[]): Promise<string> {
    stack = await SipStack.start({ listen: ['tls:127.0.0.1:0'], tls })
    stack.register({ name: 'anybody', match: () => true })
    const place = stack.listening[0]?.slice(4) ?? ''
    const trust = ['-CAfile', 'authority.cert.pem', '-servername', 'example.com', '-verify_return_error']
    const client = spawn(program, ['s_client', '-connect', place, ...trust, '-quiet', ...more], { cwd: folder })
    let printed = ''
    for (const stream of [client.stdout, client.stderr]) {
      stream.on('data', (data: Buffer) => {
        printed += data.toString('latin1')
        if (/Content-Length: 0\r\n\r\n$/.test(printed)) client.kill()
      })
    }
    client.stdin.on('error', () => undefined)
    client.stdin.write(options)
    const timer = setTimeout(() => client.kill(), 60_000)
    await new Promise(resolve => client.on('close', resolve))
    clearTimeout(timer)
    return printed
  }

  for (const version of ['-tls1_2', '-tls1_3']) {
    it(`is answered over ${version.slice(1)}`, async () => {
      expect(await dialogue(pair('example'), version)).to.include('SIP/2.0 200 OK')
    })
  }

  it('is refused below the lowest version', async () => {
    expect(await dialogue({ ...pair('example'), minVersion: 'TLSv1.3' }, '-tls1_2')).to.not.include('SIP/2.0 200')
  })

  it('has to show a certificate where one is asked for', async () => {
    const tls = { ...pair('example'), ca: authority, requestCert: true }
    expect(await dialogue(tls)).to.not.include('SIP/2.0 200')
    await stack?.close()
    expect(await dialogue(tls, '-cert', 'other.cert.pem', '-key', 'other.key.pem')).to.include('SIP/2.0 200 OK')
  })
})
