/** What a TLS server shows of itself and asks of its clients; all of it can be replaced while it listens (§26.3.1, RFC 5922 §7.4). */

import {
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TlsOptions as ServerOptions,
} from 'node:tls'
import type { KeyPair, TlsOptions } from './tls-options.js'

export class TlsServer {
  readonly #handshake: number
  #contexts: ReadonlyMap<string, SecureContext> = new Map()

  /** `handshake` is in ms. */
  constructor(handshake: number) {
    this.#handshake = handshake
  }

  /** To make a server with, which then is to `use` them. Throws for keys and certificates that cannot be used. */
  options(tls: TlsOptions): ServerOptions {
    return {
      ...contextOf(tls),
      ...clientsOf(tls),
      handshakeTimeout: this.#handshake,
      SNICallback: (name, done) => done(null, this.#contextFor(name.toLowerCase())),
    }
  }

  /** Takes others into use for the connections to come. Throws for those that cannot be used. */
  use(server: Server, tls: TlsOptions): void {
    const contexts = contextsOf(tls)
    server.setSecureContext(contextOf(tls))
    this.#contexts = contexts
    Object.assign(server, clientsOf(tls))
    server.removeAllListeners('keylog')
    const { keyLog } = tls
    if (keyLog !== undefined) server.on('keylog', line => keyLog(line.toString('latin1').trimEnd()))
  }

  /** That of the name itself, else of the wildcard that it falls under; the usual one where there is none. */
  #contextFor(name: string): SecureContext | undefined {
    return this.#contexts.get(name) ?? this.#contexts.get(name.replace(/^[^.]+/, '*'))
  }
}

export function contextOf({ key, cert, ca, ciphers, minVersion = 'TLSv1.2' }: TlsOptions): SecureContextOptions {
  return { key, cert, ca, ciphers, minVersion }
}

/** Throws for keys and certificates that cannot be used. */
export function checkTls(tls: TlsOptions): void {
  createSecureContext(contextOf(tls))
  contextsOf(tls)
}

function contextsOf(tls: TlsOptions): Map<string, SecureContext> {
  const pairs: [string, KeyPair][] = Object.entries(tls.names ?? {})
  return new Map(pairs.map(([name, pair]) => [name.toLowerCase(), createSecureContext(contextOf({ ...tls, ...pair }))]))
}

function clientsOf({ requestCert = false }: TlsOptions): { requestCert: boolean; rejectUnauthorized: boolean } {
  return { requestCert, rejectUnauthorized: requestCert }
}
