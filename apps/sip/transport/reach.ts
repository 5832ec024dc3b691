/** Where peers reach us, which need not be where we listen: behind a NAT, on many interfaces (§18.1.1, §8.1.1.8). */

import { hostPort } from './flow.js'
import type { InterfaceAddress } from './network.js'
import { withoutZone } from './zone.js'

export interface Place {
  readonly host: string
  readonly port: number
  /** host:port for Via and Contact. */
  readonly sentBy: string
}

/** What all peers are told, but for those in `nets`. Plain data: it crosses threads. */
export interface Reach extends Place {
  readonly nets: readonly Net[]
}

export interface Net extends Place {
  /** The prefix as binary digits. */
  readonly bits: string
}

export interface Bound {
  readonly address: string
  readonly port: number
  readonly advertise?: { readonly host: string; readonly port?: number } | undefined
  /** Networks whose peers are told the address that we are bound to: `192.0.2.0/24`. */
  readonly localNets?: readonly string[] | undefined
}

/** 0.0.0.0, :: and all other ways to write them: never to be seen on the wire. */
export function isWildcard(address: string): boolean {
  return /^[0.:]+$/.test(address)
}

/** `interfaces` are the addresses behind a wildcard. Undefined when there is nothing that peers could be told. */
export function reachOf(bound: Bound, interfaces: readonly InterfaceAddress[]): Reach | undefined {
  const { address, port, advertise, localNets = [] } = bound
  const own = isWildcard(address) ? interfaces : [{ address: withoutZone(address), prefix: 0 }]
  const [first] = own
  const host = advertise?.host ?? first?.address
  if (host === undefined) return undefined
  const direct = own.length < 2 ? [] : own.map(each => ({ bits: prefixOf(each), ...placeOf(each.address, port) }))
  const local =
    first === undefined ? [] : localNets.map(net => ({ bits: bitsOf(net), ...placeOf(first.address, port) }))
  const nets = advertise === undefined ? direct : [...direct.filter(({ bits }) => isWithin(bits, local)), ...local]
  return { ...placeOf(host, advertise?.port ?? port), nets: nets.sort((a, b) => b.bits.length - a.bits.length) }
}

function placeOf(host: string, port: number): Place {
  return { host, port, sentBy: hostPort(host, port) }
}

/** What a peer at this address is told. */
export function placeFor(reach: Reach, peer: string): Place {
  if (reach.nets.length === 0) return reach
  const bits = addressBits(peer)
  return reach.nets.find(net => bits.startsWith(net.bits)) ?? reach
}

/** Whether an address is in one of the networks, given as `bitsOf` gives them. */
export function isInNets(address: string, nets: readonly string[]): boolean {
  const bits = addressBits(address)
  return nets.some(net => bits.startsWith(net))
}

function isWithin(bits: string, nets: readonly Net[]): boolean {
  return nets.some(net => bits.startsWith(net.bits))
}

function prefixOf({ address, prefix }: InterfaceAddress): string {
  return addressBits(address).slice(0, familyMark + prefix)
}

/** Throws TypeError for what is no network such as 192.0.2.0/24 or 2001:db8::/32. */
export function bitsOf(net: string): string {
  const [address = '', length = '', ...rest] = net.split('/')
  const bits = addressBits(address)
  const prefix = length === '' ? bits.length - familyMark : Number(length)
  if (rest.length > 0 || bits.length <= familyMark || !(prefix >= 0 && prefix <= bits.length - familyMark)) {
    throw new TypeError(`"${net}" is no network: write ADDRESS/LENGTH, such as 192.0.2.0/24 or 2001:db8::/32`)
  }
  return bits.slice(0, familyMark + prefix)
}

/** One character tells IPv4 from IPv6. */
const familyMark = 1

function addressBits(address: string): string {
  if (/^\d+(\.\d+){3}$/.test(address))
    return `4${address
      .split('.')
      .map(byte => digits(Number(byte), 8))
      .join('')}`
  if (!address.includes(':')) return ''
  const [head = '', tail] = address.split('::')
  const [before, after] = [groups(head), groups(tail ?? '')]
  const zeros = tail === undefined ? [] : new Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0)
  return `6${[...before, ...zeros, ...after].map(group => digits(group, 16)).join('')}`
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16) || 0)
}

function digits(value: number, count: number): string {
  return value.toString(2).padStart(count, '0')
}
