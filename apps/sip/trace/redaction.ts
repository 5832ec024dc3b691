/** Takes secrets out of a message without moving an octet, so that Content-Length and all positions stay true. */

/** The digest of a password (RFC 7616 §3.4), from which it can be guessed, and the keys of media (RFC 4568 §6.1). */
const secrets: readonly RegExp[] = [
  /^((?:proxy-)?authorization[ \t]*:.*?\bresponse[ \t]*=[ \t]*")([^"\r\n]*)/gim,
  /^(a=crypto:.*?inline:)([^\r\n|; ]*)/gim,
]

export function redacted(text: string): string {
  return secrets.reduce(
    (done, secret) => done.replace(secret, (_all, before: string, value: string) => before + 'x'.repeat(value.length)),
    text,
  )
}
