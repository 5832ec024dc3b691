/** Wireshark's tshark reads what the trace exports, whatever the calls went over. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { SipStack } from '../../apps/sip/sip.js'
import { authority, pair } from '../sip/tls/certificates.js'
import { isInstalled, run } from './program.js'

const program = 'tshark'

describe('the trace (peer: tshark)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sipwright-'))
  const stacks: SipStack[] = []

  before(function () {
    if (!isInstalled(program)) this.skip()
  })
  afterEach(() => Promise.all(stacks.splice(0).map(stack => stack.close())))
  after(() => rmSync(folder, { recursive: true }))

  /** What it makes of a capture: one line per packet. */
  async function read(file: Uint8Array, ...args: readonly string[]): Promise<string[]> {
    const path = join(folder, 'trace.pcap')
    writeFileSync(path, file)
    const { code, output } = await run(program, ['-r', path, ...args], 60_000)
    expect(code, output).to.equal(0)
    return output.split('\n').filter(line => line !== '' && !/^Running as user/.test(line))
  }

  async function stack(listen: string): Promise<SipStack> {
    const tls = { ...pair('example'), ca: authority, verify: false }
    const started = await SipStack.start({ listen: [listen], tls })
    started.register({ name: 'anybody', match: () => true, INVITE: invite => invite.reply(200) })
    stacks.push(started)
    return started
  }

  it('sngrep finds the calls in it (sngrep)', async function () {
    if (!isInstalled('sngrep')) this.skip()
    const bob = await stack('tls:127.0.0.1:0')
    const alice = await stack('udp:127.0.0.1:0')
    for (let call = 1; call <= 3; call++) {
      const outcome = await alice.invite(`sip:bob@${bob.listening[0]?.slice(4)};transport=tls`).outcome
      if (outcome.kind !== 'answered') throw new Error(`the call ended with ${outcome.kind}`)
      await outcome.dialog.bye()
    }
    const path = join(folder, 'calls.pcap')
    writeFileSync(path, bob.trace?.pcap() ?? '')
    const { code, output } = await run('sngrep', ['-F', '-N', '-I', path], 60_000)
    expect(code, output).to.equal(0)
    expect(output).to.match(/Dialog count: 3\s*$/)
  })

  for (const place of [
    'udp:127.0.0.1:0',
    'udp:[::1]:0',
    'tcp:127.0.0.1:0',
    'tls:127.0.0.1:0',
    'tls:[::1]:0',
    'ws:127.0.0.1:0',
  ]) {
    it(`decodes a call over ${place.slice(0, -2)} as SIP (tshark)`, async () => {
      const bob = await stack(place)
      const alice = await stack(`udp:${place.slice(place.indexOf(':') + 1)}`)
      const [, transport = '', at = ''] = /^(\w+):(.*)$/.exec(bob.listening[0] ?? '') ?? []
      const outcome = await alice.invite(`sip:bob@${at};transport=${transport}`).outcome
      if (outcome.kind !== 'answered') throw new Error(`the call ended with ${outcome.kind}`)
      await outcome.dialog.bye()
      const captures = [bob, alice].map(({ trace }) => trace?.pcap() ?? new Uint8Array())
      const fields = ['-T', 'fields', '-e', 'sip.CSeq.method', '-e', 'sip.Status-Code', '-e', 'frame.protocols']
      for (const capture of captures) {
        const lines = await read(capture, ...fields)
        const carrier = place.startsWith('tcp') || place.startsWith('tls') ? 'tcp' : 'udp'
        const wanted = ['INVITE\t', 'INVITE\t200', 'ACK\t', 'BYE\t', 'BYE\t200']
        const family = place.includes('[') ? 'ipv6' : 'ip'
        expect(lines).to.deep.equal(wanted.map(message => `${message}\traw:${family}:${carrier}:sip`))
        const checks = ['ip', 'tcp', 'udp'].flatMap(protocol => ['-o', `${protocol}.check_checksum:TRUE`])
        const odd = '!sip or _ws.malformed or ip.checksum.status==0 or tcp.checksum.status==0 or udp.checksum.status==0'
        expect(await read(capture, ...checks, '-Y', `${odd} or tcp.analysis.flags`)).to.deep.equal([])
      }
    })
  }
})
