/** Zones of IPv6 addresses: `fe80::1%eth0` means something on this machine only, and is nothing that a message can hold (RFC 4007 §11). */

export function withoutZone(address: string): string {
  const zone = address.indexOf('%')
  return zone < 0 ? address : address.slice(0, zone)
}

/** What is local to a link, and comes from a message without its zone, is on the link of our own address. */
export function inZoneOf(own: string, address: string): string {
  const zone = own.indexOf('%')
  return zone < 0 || !/^fe[89ab]/i.test(address) || address.includes('%') ? address : address + own.slice(zone)
}
