/** The stack of a command that asks or calls somebody: on the calling thread, at an address that the peer can answer to. */

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { DigestClient, dnsResolver, locationOf, parseUri, type Resolver, SipStack, type Uri } from '../apps/sip/sip.js'
import { milliseconds, UsageError } from './command.js'
import { inTime } from './in-time.js'

/** Throws UsageError for what is no SIP URI. */
export function targetUri(text: string): Uri {
  const uri = parseUri(text)
  if (uri?.isSip && uri.port !== 0) return uri
  throw new UsageError(`"${text}" is no SIP URI: write sip:USER@HOST:PORT, such as sip:busy@127.0.0.1:5060`)
}

/** What all commands take that ask or call somebody. */
export const dialling = {
  auth: { type: 'string' },
  from: { type: 'string' },
  transport: { type: 'string' },
  timeout: { type: 'string' },
  json: { type: 'boolean' },
} as const

/** Where a password is that no list of processes shows. */
export const PASSWORD = 'SIPWRIGHT_PASSWORD'

/** ms to wait for an answer unless told otherwise. */
const PATIENCE = 5000

/** What `--transport` takes. */
export const transportNames = 'udp, tcp, tls, ws or wss'

export const diallingUsage = '[--auth USER[:PASSWORD]] [--from URI] [--transport NAME] [--timeout TIME] [--json]'

export const diallingHelp: string = `--auth USER:PASSWORD  who we are, for servers that ask for it; with USER alone, and ${PASSWORD} in the environment,
                      the list of processes does not show the password
--from URI            as whom we ask: USER at the host that we ask, else nobody in particular
--transport NAME      ${transportNames}, whatever the URI says; with NODE_EXTRA_CA_CERTS=FILE in the environment an
                      authority of your own is trusted, too`

/** The values of `dialling`. */
type Dialling = { readonly [Name in Exclude<keyof typeof dialling, 'json'>]?: string | undefined }

/** Who we are: of use to all that is sent with it, so that challenges are answered before they come where that can be. */
export interface Identity {
  readonly auth?: DigestClient
  readonly from?: string
}

interface Dialled {
  readonly uri: Uri
  readonly who: Identity
  /** ms to wait for each answer. */
  readonly timeout: number
}

/** Whom to ask, and who we are. Throws UsageError for what makes no sense. */
export function dialled(
  text: string,
  { auth, from, transport, timeout }: Dialling,
  patience: number = PATIENCE,
): Dialled {
  const plain = targetUri(text)
  const uri = transport === undefined ? plain : over(plain, transport)
  const who = identity(auth, uri)
  return {
    uri,
    who: from === undefined ? who : { ...who, from: String(targetUri(from)) },
    timeout: milliseconds('--timeout', timeout, [1, 600_000]) ?? patience,
  }
}

function over(uri: Uri, transport: string): Uri {
  if (!/^(udp|tcp|tls|wss?)$/i.test(transport)) {
    throw new UsageError(`--transport is ${transportNames}, not "${transport}"`)
  }
  return uri.with({ params: uri.params.with('transport', transport) })
}

/** What `--auth USER:PASSWORD` means: how to answer challenges, and who we are at the host that we ask. */
function identity(text: string | undefined, uri: Uri): Identity {
  if (text === undefined) return {}
  const [, username, password = process.env[PASSWORD]] = /^([^:]+)(?::(.*))?$/s.exec(text) ?? []
  if (username === undefined || password === undefined) {
    throw new UsageError(`--auth takes USER:PASSWORD, or USER with ${PASSWORD} in the environment`)
  }
  return {
    auth: new DigestClient({ username, password }),
    from: `sip:${encodeURIComponent(username)}@${hostText(uri)}`,
  }
}

function hostText({ host }: Uri): string {
  return isIPv6(host) ? `[${host}]` : host
}

/**
 * A stack that can be reached from wherever the URI leads to, in each family of addresses that it has there, as far as the
 * DNS says it within `timeout` ms.
 */
export async function dialler(uri: Uri, timeout: number, resolver: Resolver = dnsResolver()): Promise<SipStack> {
  const places = (await addressesTowards(uri, timeout, resolver)).map(
    address => `${isIPv6(address) ? `[${address}]` : address}:0`,
  )
  return SipStack.start({ listen: places.flatMap(place => [`udp:${place}`, `tcp:${place}`]) })
}

async function addressesTowards(uri: Uri, timeout: number, resolver: Resolver): Promise<readonly string[]> {
  try {
    const { targets } = await inTime(locationOf(uri, resolver), timeout).catch(() => ({ targets: [] }))
    const ofFamilies = [true, false].flatMap(six => targets.find(({ address }) => isIPv6(address) === six) ?? [])
    // Nowhere to go: the request will fail and say so.
    return ofFamilies.length === 0
      ? ['127.0.0.1']
      : Promise.all(ofFamilies.map(({ address }) => addressTowards(address)))
  } finally {
    resolver.close()
  }
}

/** Our address on the way there, as the routing table has it; nothing is sent. */
export async function addressTowards(address: string): Promise<string> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  try {
    socket.connect(9, address)
    await once(socket, 'connect')
    return socket.address().address
  } catch {
    // No way there; the request will fail and say so.
    return isIPv6(address) ? '::1' : '127.0.0.1'
  } finally {
    socket.close()
  }
}
