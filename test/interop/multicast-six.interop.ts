/**
 * Multicast over IPv6, in a network namespace of its own: no machine sends to groups over ::1, and what is sent by a real
 * interface others hear. The file runs itself once more inside, where there is the interface that it has made.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { afterEach, before, describe, it } from 'mocha'
import { SipStack } from '../../apps/sip/sip.js'
import { isInstalled, run } from './program.js'

/** A pair whose other end nobody uses; its addresses are usable at once, without asking who else has them. */
const zone = 'sipwright6'
const [site, link, four] = ['fd00::5060', 'fe80::5060', '192.0.2.60']
const setUp = [
  'ip link set lo up',
  `ip link add ${zone} type veth peer name other`,
  ...[zone, 'other'].flatMap(each => [`ip link set ${each} addrgenmode none`, `ip link set ${each} up`]),
  ...[`${site}/64`, `${link}/64`].map(address => `ip -6 addr add ${address} dev ${zone} nodad`),
  `ip addr add ${four}/24 dev ${zone}`,
  `ip route add default dev ${zone}`,
].join(' && ')

if (zone in networkInterfaces()) inside()
else outside()

function outside(): void {
  describe('multicast over IPv6 (peer: ip, unshare)', () => {
    before(async function () {
      const can = isInstalled('ip') && isInstalled('unshare')
      if (!can || (await run('unshare', ['--net', 'sh', '-c', setUp], 10_000)).code !== 0) this.skip()
    })

    it('§18.1.1 in a network namespace: every test of this file passes there', async () => {
      const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js')
      const again = `"${process.execPath}" "${mocha}" --no-config --timeout 30000 "${fileURLToPath(import.meta.url)}"`
      const { code, output } = await run('unshare', ['--net', 'sh', '-c', `${setUp} && ${again}`], 120_000)
      expect(code, output).to.equal(0)
      expect(output).to.match(/^ +1\d passing/m)
      expect(output).not.to.match(/pending|failing/)
    })
  })
}

/** Groups for whatever a site likes, of the scope that their first octets say: RFC 4291 §2.7. */
function inside(): void {
  const groups = ['ff11::5060', 'ff12::5060', 'ff15::5060']
  const open: { close(): unknown }[] = []

  afterEach(async () => {
    await Promise.all(open.splice(0).map(each => each.close()))
  })

  async function stackAt(address: string, group: string): Promise<{ readonly stack: SipStack; readonly port: number }> {
    const host = address.includes(':') ? `[${address}]` : address
    const stack = await SipStack.start({ listen: [{ at: `udp:${host}:0`, groups: [group] }] })
    stack.register({ name: 'anybody', match: () => true })
    open.push(stack)
    return { stack, port: Number(stack.listening[0]?.split(':').at(-1)) }
  }

  /** The Via of the answer that one member gets from another. */
  async function answered(address: string, group: string): Promise<string> {
    const [alice, bob] = [await stackAt(address, group), await stackAt(address, group)]
    const bare = group.replace(/%.*/, '')
    const host = bare.includes(':') ? `[${bare}]` : bare
    const outcome = await alice.stack.request('OPTIONS', `sip:${host}:${bob.port}`)
    expect(await bob.stack.counters()).to.include({ requests: 1 })
    return outcome.kind === 'answered' ? outcome.response.via.toString() : outcome.kind
  }

  describe('in the namespace', () => {
    for (const group of groups) {
      it(`§18.1.1 a member of ${group} hears a request once and answers to the group [3261-18.1.1-13] [3261-18.2.2-5] [TRP-10]`, async () => {
        expect(await answered(site, group))
          .to.include(`[${site}]:`)
          .and.to.include(`;maddr=[${group}];`)
      })

      it(`§18.1.1 so does who is bound to every address, with ${group}%${zone} [3261-18.1.1-13] [TRP-10]`, async () => {
        expect(await answered('::', `${group}%${zone}`)).to.include(`;maddr=[${group}];`)
      })
    }

    it('§18.1.1 so does who is bound to every address of IPv4 [3261-18.1.1-13] [TRP-10]', async () => {
      expect(await answered('0.0.0.0', '239.255.50.60')).to.include(';maddr=239.255.50.60;ttl=1;')
    })

    it('RFC 4007 §11 the zone of an address that is local to a link is never on the wire', async () => {
      expect(await answered(`${link}%${zone}`, 'ff12::5060')).to.match(/^[^%]*\[fe80::5060\][^%]*;received=fe80::5060$/)
    })

    it('§18.1.1 the Via of a request to a group has its maddr, and no ttl, which is for IPv4 [3261-18.1.1-5]', async () => {
      const [group = ''] = groups
      const bob = createSocket({ type: 'udp6', reuseAddr: true })
      open.push({ close: () => bob.close() })
      bob.bind(0, `${group}%${zone}`)
      await once(bob, 'listening')
      bob.addMembership(group, `::%${zone}`)
      const came = once(bob, 'message')
      const { stack } = await stackAt(site, group)
      void stack.request('OPTIONS', `sip:[${group}]:${bob.address().port}`)
      expect(String((await came)[0])).to.match(/^Via: SIP\/2\.0\/UDP \[fd00::5060\]:\d+;maddr=\[ff11::5060\];branch=/m)
    })

    for (const transport of ['udp', 'tcp', 'ws']) {
      it(`RFC 4007 §11 a call over ${transport} between addresses that are local to a link`, async () => {
        const listen = [`${transport}:[${link}%${zone}]:0`]
        const [bob, alice] = [await SipStack.start({ listen }), await SipStack.start({ listen })]
        open.push(bob, alice)
        bob.register({ name: 'phone', match: () => true, INVITE: invite => invite.reply(200) })
        const port = bob.listening[0]?.split(':').at(-1)
        const outcome = await alice.invite(`sip:bob@[${link}]:${port};transport=${transport}`).outcome
        if (outcome.kind !== 'answered') throw new Error(`the call ended as ${outcome.kind}`)
        expect(outcome.response.raw('Contact').join()).to.include('[fe80::5060]')
        expect((await outcome.dialog.bye()).kind).to.equal('answered')
      })
    }
  })
}
