/** Via: §20.42, with the rport of RFC 3581 §3. */

import { DIGIT, isToken, spanOf } from './char-class.js'
import type { Cursor } from './cursor.js'
import { checkHost, checkPort, formatHost, hostOf, portOf, spanHost } from './host.js'
import { showAs } from './inspection.js'
import { headerParams, headerStyle, Params, type ParamValues, parseParams } from './params.js'

const COLON = 58
const SLASH = 47

export interface ViaParts {
  readonly protocol?: string
  readonly version?: string
  /** Upper-cased. */
  readonly transport?: string
  readonly host?: string
  readonly port?: number | undefined
  readonly params?: ParamValues | Params
  readonly branch?: string
  readonly received?: string
  /** A port, or true for the empty flag that asks for one. */
  readonly rport?: number | true
}

/** A ttl parameter as a number, 0 to 255; undefined when absent or out of range. */
export function ttlOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,3}$/.test(text) && Number(text) <= 255 ? Number(text) : undefined
}

export class Via {
  static {
    showAs(Via, String)
  }

  readonly protocol: string
  readonly version: string
  /** Upper case: UDP, TCP, TLS, WS ... */
  readonly transport: string
  /** The sent-by host, IPv6 without brackets. */
  readonly host: string
  readonly port: number | undefined
  readonly params: Params
  /** What it is part of: a whole message, or its own text. */
  private readonly text: string
  private readonly start: number
  private readonly end: number

  constructor(
    protocol: string,
    version: string,
    transport: string,
    host: string,
    port: number | undefined,
    params: Params,
    text: string,
    start: number,
    end: number,
  ) {
    this.protocol = protocol
    this.version = version
    this.transport = transport
    this.host = host
    this.port = port
    this.params = params
    this.text = text
    this.start = start
    this.end = end
  }

  get branch(): string | undefined {
    return this.params.get('branch')
  }

  /** The address it came from, without brackets even where the peer put them: RFC 5118 §4.5. */
  get received(): string | undefined {
    const received = this.params.get('received')
    return received?.charCodeAt(0) === 91 ? received.slice(1, -1) : received
  }

  /** The port; true for the empty flag; undefined when absent or not a port. */
  get rport(): number | true | undefined {
    const rport = this.params.get('rport')
    if (rport === undefined) return undefined
    if (rport === '') return true
    const port = portOf(rport, 0, rport.length)
    return port < 0 ? undefined : port
  }

  get maddr(): string | undefined {
    const maddr = this.params.get('maddr')
    return maddr?.charCodeAt(0) === 91 ? maddr.slice(1, -1) : maddr
  }

  get ttl(): number | undefined {
    return ttlOf(this.params.get('ttl'))
  }

  /** With some parts replaced; parameters not named stay as they are written. Throws TypeError for illegal parts. */
  with(changes: ViaParts): Via {
    const params = paramsWith(changes.params === undefined ? this.params : headerParams(changes.params), changes)
    return write(
      changes.protocol === undefined ? this.protocol : checkToken(changes.protocol),
      changes.version === undefined ? this.version : checkToken(changes.version),
      changes.transport === undefined ? this.transport : checkToken(changes.transport).toUpperCase(),
      changes.host === undefined ? this.host : checkHost(changes.host),
      'port' in changes ? checkPort(changes.port) : this.port,
      params,
    )
  }

  toString(): string {
    return this.text.substring(this.start, this.end)
  }
}

function write(
  protocol: string,
  version: string,
  transport: string,
  host: string,
  port: number | undefined,
  params: Params,
): Via {
  const sentBy = port === undefined ? formatHost(host) : `${formatHost(host)}:${port}`
  const text = `${protocol}/${version}/${transport} ${sentBy}${params}`
  return new Via(protocol, version, transport, host, port, params, text, 0, text.length)
}

export function formatVia(via: Via): string {
  return via.toString()
}

/** A Via for a request of our own, `SIP/2.0` unless given. Throws TypeError for illegal parts. */
export function createVia(parts: ViaParts & { readonly transport: string; readonly host: string }): Via {
  const { protocol = 'SIP', version = '2.0', transport, host, port } = parts
  const params = paramsWith(headerParams(parts.params), parts)
  return write(
    checkToken(protocol),
    checkToken(version),
    upper(checkToken(transport)),
    checkHost(host),
    checkPort(port),
    params,
  )
}

/** The Via of a request of ours, which asks for rport (RFC 3581 §3): it is written so between two indexes of the text. */
export function ownVia(
  {
    transport,
    host,
    port,
    branch,
  }: Required<Pick<ViaParts, 'transport' | 'host' | 'branch'>> & { readonly port: number },
  text: string,
  start: number,
  end: number,
): Via {
  const params = new Params(['branch', branch, 'rport', undefined], headerStyle)
  return new Via('SIP', '2.0', transport, host, port, params, text, start, end)
}

function paramsWith(params: Params, { branch, received, rport }: ViaParts): Params {
  let all = params
  if (branch !== undefined) all = all.with('branch', checkToken(branch))
  if (received !== undefined) all = all.with('received', checkHost(received))
  if (rport !== undefined) all = all.with('rport', rport === true || checkPort(rport) || 0)
  return all
}

function checkToken(text: string): string {
  if (isToken(text)) return text
  throw new TypeError(`not a token: ${JSON.stringify(text)}`)
}

/** Reads one Via value; undefined when it is malformed. */
export function parseVia(cursor: Cursor): Via | undefined {
  return readVia(cursor, parseParams)
}

/** As much as can be read of a malformed Via, without its parameters if need be: sent-by shows an answer its way. */
export function salvageVia(cursor: Cursor): Via | undefined {
  return readVia(cursor, rest => parseParams(rest) ?? headerParams())
}

function readVia(cursor: Cursor, readParams: (cursor: Cursor) => Params | undefined): Via | undefined {
  const { text, end, at: from } = cursor
  let protocol = 'SIP'
  let version = '2.0'
  if (text.startsWith('SIP/2.0/', cursor.at)) {
    cursor.at += 8
  } else {
    protocol = cursor.token()
    if (protocol === '' || !cursor.take(SLASH)) return undefined
    version = cursor.token()
    if (version === '' || !cursor.take(SLASH)) return undefined
  }
  const transport = cursor.token()
  const hostBlank = cursor.at
  cursor.skipSpace()
  const hostAt = cursor.at
  const hostEnd = spanHost(text, hostAt, end)
  if (transport === '' || hostBlank === hostAt || hostEnd === hostAt || hostEnd > end) return undefined
  cursor.at = hostEnd
  let port: number | undefined
  if (cursor.take(COLON)) {
    const portAt = cursor.at
    cursor.at = spanOf(text, portAt, end, DIGIT)
    port = portOf(text, portAt, cursor.at)
    if (port < 0) return undefined
  }
  const params = readParams(cursor)
  const host = hostOf(text, hostAt, hostEnd)
  return params && new Via(protocol, version, upper(transport), host, port, params, text, from, cursor.at)
}

function upper(transport: string): string {
  return transport === 'UDP' || transport === 'TCP' || transport === 'TLS' ? transport : transport.toUpperCase()
}
