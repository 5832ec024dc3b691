/** Numeric hosts as addresses that a socket takes: RFC 3263 §4.2, RFC 5118 §4. */

const [DOT, ZERO, NINE] = [46, 48, 57]

/**
 * The address that a numeric host stands for, undefined for a domain name. A host that is made of digits and dots, or
 * has a colon, and is no address gives `invalid`: it must never be asked of the DNS.
 */
export function numericAddress(host: string): string | 'invalid' | undefined {
  if (host.includes(':')) return ipv6(host)
  if (isIpv4(host)) return host
  return /^[\d.]+$/.test(host) ? 'invalid' : undefined
}

/** Four numbers from 0 to 255 without leading zeros. Every request that we send comes through here. */
function isIpv4(host: string): boolean {
  let numbers = 0
  let digits = 0
  let value = 0
  for (let at = 0; at <= host.length; at++) {
    const code = at === host.length ? DOT : host.charCodeAt(at)
    if (code === DOT) {
      if (digits === 0 || value > 255) return false
      numbers++
      digits = 0
      value = 0
    } else if (code < ZERO || code > NINE || (digits > 0 && value === 0)) return false
    else {
      digits++
      value = 10 * value + code - ZERO
    }
  }
  return numbers === 4
}

/** RFC 5118 §4.10: the third colon that a common mistake puts in is taken out. */
function ipv6(host: string): string {
  const address = host.replace(':::', '::')
  const [head = '', tail, ...more] = address.split('::')
  if (more.length > 0) return 'invalid'
  const count = tail === undefined ? groups(head, true) : groups(head, false) + groups(tail, true)
  // `::` stands for at least one group of zeros.
  return (tail === undefined ? count === 8 : count <= 7) ? address : 'invalid'
}

/** How many groups of 16 bits the text holds; more than 8 when it is malformed. Only the end of an address may be dotted. */
function groups(text: string, ends: boolean): number {
  if (text === '') return 0
  const parts = text.split(':')
  const last = parts.at(-1) ?? ''
  const dotted = last.includes('.')
  if (dotted && !(ends && isIpv4(last))) return 9
  const hex = dotted ? parts.slice(0, -1) : parts
  return hex.every(group => /^[\da-f]{1,4}$/i.test(group)) ? parts.length + (dotted ? 1 : 0) : 9
}
