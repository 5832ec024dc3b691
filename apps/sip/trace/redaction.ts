/** Takes secrets out of a message without moving an octet, so that Content-Length and all positions stay true. */

const credentials = /^((?:proxy-)?authorization[ \t]*:)((?:[^\r\n]|\r?\n[ \t])*)/gim
/** A parameter, whose quoted value may hold what looks like another one. */
const parameter = /([\w-]+)(\s*=\s*)("(?:[^"\\]|\\.)*"|[^",\s]*)/g
const mediaKey = /^(a=crypto:.*?inline:)([^\r\n|; ]*)/gim

/** Without the digests of passwords (RFC 7616 §3.4), from which these can be guessed, and the keys of media (RFC 4568 §6.1). */
export function redacted(text: string): string {
  return text
    .replace(credentials, (_all, name: string, value: string) => name + withoutDigest(value))
    .replace(mediaKey, (_all, before: string, key: string) => before + masked(key))
}

function withoutDigest(value: string): string {
  return value.replace(parameter, (all, name: string, equals: string, digest: string) =>
    name.toLowerCase() === 'response' ? name + equals + masked(digest) : all,
  )
}

function masked(secret: string): string {
  return secret.replace(/[^"]/g, 'x')
}
