/** Host and port: §25.1, with the IPv6 corrections of RFC 5954. A host is held without brackets; `formatHost` adds them. */

import { HOST, IPV6, spanOf } from './char-class.js'

const BRACKET = 91
const CLOSING = 93

/** The index after the host that starts at `at`, brackets included; `at` itself when there is none. */
export function spanHost(text: string, at: number, end: number): number {
  if (at < end && text.charCodeAt(at) === BRACKET) {
    const close = spanOf(text, at + 1, end, IPV6)
    // RFC 5118 §4.10: three colons are wrong and tolerated, so only the alphabet is checked, and that there is a colon.
    if (close >= end || text.charCodeAt(close) !== CLOSING || close - at > 46) return at
    const colon = text.indexOf(':', at)
    return colon > 0 && colon < close ? close + 1 : at
  }
  return spanOf(text, at, end, HOST)
}

/** The host between two indexes without its brackets. */
export function hostOf(text: string, at: number, end: number): string {
  return text.charCodeAt(at) === BRACKET ? text.substring(at + 1, end - 1) : text.substring(at, end)
}

/** Brackets around IPv6 addresses, nothing around the rest. RFC 5954 §4.1: a third colon is never written. */
export function formatHost(host: string): string {
  return host.includes(':') ? `[${host.replace(':::', '::')}]` : host
}

/** The host without brackets, for builders. Throws TypeError when it is neither a name nor an address. */
export function checkHost(host: string): string {
  const bare = host.charCodeAt(0) === BRACKET && host.endsWith(']') ? host.slice(1, -1) : host
  const classes = bare.includes(':') ? IPV6 : HOST
  if (bare === '' || spanOf(bare, 0, bare.length, classes) < bare.length) {
    throw new TypeError(`not a host: ${JSON.stringify(host)}`)
  }
  return bare
}

/** Throws TypeError when it is not a port number: 0 to 65535. */
export function checkPort(port: number | undefined): number | undefined {
  if (port === undefined || (Number.isInteger(port) && port >= 0 && port <= 65_535)) return port
  throw new TypeError(`not a port: ${port}`)
}

/** The port number between two indexes, or -1. */
export function portOf(text: string, at: number, end: number): number {
  if (at >= end || end - at > 5) return -1
  let port = 0
  for (; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code < 48 || code > 57) return -1
    port = port * 10 + (code - 48)
  }
  return port <= 65_535 ? port : -1
}
