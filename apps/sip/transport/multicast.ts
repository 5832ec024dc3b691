/** Groups of hosts as destinations: §18.1.1, RFC 5771, RFC 4291 §2.7. */

/** Hops that a datagram to a group may take where nothing else is said. */
export const MULTICAST_TTL = 1

export function isMulticast(address: string): boolean {
  const first = address.charCodeAt(0) | 32
  // Most addresses begin with neither a 2 nor an f.
  return (first === 50 || first === 102) && /^(22[4-9]|23\d)\.|^ff[\da-f]{2}:/i.test(address)
}
