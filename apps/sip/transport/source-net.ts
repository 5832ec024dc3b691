/** Who counts as one source: a host of IPv4; over IPv6 a network of 64 bits, for who has one address there has them all (RFC 4291 §2.5.4). */

/** The address itself, or as `2001:db8:0:1::/64`. What is local to this machine or its link is told apart. */
export function sourceOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::') || /^fe[89ab]/i.test(address)) return address
  const [head = '', tail] = address.split('::')
  const before = head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = new Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  const net = [...before, ...zeros, ...after].slice(0, 4)
  return `${net.join(':')}::/64`
}
