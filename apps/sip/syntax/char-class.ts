/** Character classes of the grammar, one bit each, indexed by octet: §25.1. */

export const DIGIT = 1
export const HEX = 2
/** token: what methods, parameter names and most values are made of. */
export const TOKEN = 4
/** A host name or IPv4 address. */
export const HOST = 8
/** What may stand in a user part or password. */
export const USER = 16
/** paramchar of URI parameters. */
export const PARAM = 32
/** hnv-unreserved and unreserved of URI headers. */
export const HNV = 64
/** What may stand inside the brackets of an IPv6 reference. */
export const IPV6 = 128
/** What devices put unescaped into a user part against §25.1, none of which delimits: read, never written. */
export const USER_LOOSE = 256
/** What is read as an unquoted parameter value: token and host, and what devices forget to quote. */
export const VALUE = 512

/** Visible ASCII: §25.1 word, a little wider, as Call-IDs are made of it. */
export const VISIBLE = 1024

const digits = '0123456789'
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const mark = "-_.!~*'()"

function classify(): Uint16Array {
  const table = new Uint16Array(256)
  const add = (bit: number, chars: string): void => {
    for (const char of chars) table[char.charCodeAt(0)] = (table[char.charCodeAt(0)] ?? 0) | bit
  }
  add(DIGIT, digits)
  add(HEX, `${digits}abcdefABCDEF`)
  add(TOKEN, `${letters}${digits}-.!%*_+\`'~`)
  // The grammar has no underscore in host names; networks do.
  add(HOST, `${letters}${digits}-._`)
  add(IPV6, `${digits}abcdefABCDEF:.`)
  add(USER, `${letters}${digits}${mark}&=+$,;?/`)
  add(VALUE, `${letters}${digits}-.!%*_+\`'~:[]/@=&$#?{}|^`)
  add(USER_LOOSE, '#[]{}|^`')
  add(PARAM, `${letters}${digits}${mark}[]/:&+$`)
  add(HNV, `${letters}${digits}${mark}[]/?:+$`)
  for (let code = 0x21; code < 0x7f; code++) table[code] = (table[code] ?? 0) | VISIBLE
  for (let code = 0x80; code < 0x100; code++) table[code] = USER_LOOSE
  return table
}

export const charClass: Uint16Array = classify()

/** True when the octet belongs to one of the classes. */
export function isOf(code: number, classes: number): boolean {
  return ((charClass[code] ?? 0) & classes) !== 0
}

/** The first index from `at` whose octet is in none of the classes, or `end`. */
export function spanOf(text: string, at: number, end: number, classes: number): number {
  // A local, for what a module exports is loaded again for every octet.
  const table = charClass
  while (at < end && ((table[text.charCodeAt(at)] ?? 0) & classes) !== 0) at++
  return at
}

export function isToken(text: string): boolean {
  return text.length > 0 && spanOf(text, 0, text.length, TOKEN) === text.length
}
