/** How we prove who we are over TLS and whom we trust: §26.3.1, RFC 5922. */

/** A private key and the certificates that go with it, both as PEM. */
export interface KeyPair {
  readonly key: string
  readonly cert: string
}

export interface TlsOptions extends Partial<KeyPair> {
  /** PEM of the authorities that are trusted instead of those of the system. */
  readonly ca?: string
  /** A listener asks for a certificate, and refuses who has none that it trusts. */
  readonly requestCert?: boolean
  /** TLSv1.2 unless given. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
  /** As OpenSSL writes them. */
  readonly ciphers?: string
  /** Other certificates of a listener by the name that clients ask for (SNI). */
  readonly names?: Readonly<Record<string, KeyPair>>
  /** False takes any certificate of a server, which is for tests only. */
  readonly verify?: boolean
  /** Told the secrets of each connection, a line as Wireshark reads it. */
  readonly keyLog?: (line: string) => void
}
