/** The stack of a command that asks or calls somebody: on the calling thread, at an address that the peer can answer to. */

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIP, isIPv6 } from 'node:net'
import { parseUri, type RequestOptions, SipStack, type Uri } from '../apps/sip/sip.js'
import { UsageError } from './command.js'

/** Throws UsageError for what is no SIP URI. */
export function targetUri(text: string): Uri {
  const uri = parseUri(text)
  if (uri?.isSip) return uri
  throw new UsageError(`"${text}" is no SIP URI: write sip:USER@HOST:PORT, such as sip:busy@127.0.0.1:5060`)
}

/** What `--auth USER:PASSWORD` means: how to answer challenges, and who we are at the host that we ask. */
export function identity(text: string | undefined, uri: Uri): Pick<RequestOptions, 'auth' | 'from'> {
  if (text === undefined) return {}
  const [, username, password] = /^([^:]+):(.*)$/s.exec(text) ?? []
  if (username === undefined || password === undefined) throw new UsageError('--auth takes USER:PASSWORD')
  return { auth: { username, password }, from: `sip:${encodeURIComponent(username)}@${hostText(uri)}` }
}

function hostText({ host }: Uri): string {
  return isIPv6(host) ? `[${host}]` : host
}

export async function dialler(uri: Uri): Promise<SipStack> {
  const address = await addressTowards(uri.host)
  const place = `${isIPv6(address) ? `[${address}]` : address}:0`
  return SipStack.start({ listen: [`udp:${place}`, `tcp:${place}`] })
}

/** Our address on the way there, as the routing table has it; nothing is sent. */
export async function addressTowards(host: string): Promise<string> {
  if (isIP(host) === 0) return '127.0.0.1'
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  try {
    socket.connect(9, host)
    await once(socket, 'connect')
    return socket.address().address
  } catch {
    // No way there; the request will fail and say so.
    return isIPv6(host) ? '::1' : '127.0.0.1'
  } finally {
    socket.close()
  }
}
