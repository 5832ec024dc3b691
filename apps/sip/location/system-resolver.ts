/** A resolver on node:dns, for machines whose ways to the DNS only their own library knows. It tells TTLs of addresses alone. */

import dns, { type RecordWithTtl } from 'node:dns'
import type { Question } from './plan.js'
import type { Found, Reply, Resolver } from './resolver.js'

export interface SystemResolverOptions {
  /** As `192.0.2.1:53`; those of the machine unless given. */
  readonly servers?: readonly string[]
  /** ms for one attempt; 2000 unless given. */
  readonly timeout?: number
  /** Rounds over the servers; 2 unless given. */
  readonly attempts?: number
}

export class SystemResolver implements Resolver {
  readonly #resolver: dns.Resolver
  #open = true

  /** Throws TypeError for servers that are no addresses. */
  constructor({ servers, timeout = 2000, attempts = 2 }: SystemResolverOptions = {}) {
    this.#resolver = new dns.Resolver({ timeout, tries: attempts })
    if (servers !== undefined) this.#resolver.setServers(servers)
  }

  resolve(question: Question, done: (reply: Reply) => void): void {
    this.#ask(question, (error, found, ttl) => {
      if (!this.#open) return
      if (error !== null) done(failure(error))
      else if (found === undefined) done({ kind: 'nodata', ttl: undefined })
      else done({ kind: 'found', answer: found, ttl, also: [] })
    })
  }

  close(): void {
    this.#open = false
    this.#resolver.cancel()
  }

  #ask(
    { type, name }: Question,
    done: (error: NodeJS.ErrnoException | null, found?: Found, ttl?: number) => void,
  ): void {
    const addresses = (error: NodeJS.ErrnoException | null, found: RecordWithTtl[]): void => {
      if (error !== null || found.length === 0) return done(error)
      done(null, { type: type === 'A' ? 'A' : 'AAAA', addresses: found.map(each => each.address) }, leastTtl(found))
    }
    switch (type) {
      case 'A':
        return this.#resolver.resolve4(name, { ttl: true }, addresses)
      case 'AAAA':
        return this.#resolver.resolve6(name, { ttl: true }, addresses)
      case 'SRV':
        return this.#resolver.resolveSrv(name, (error, found) => {
          if (error !== null) return done(error)
          done(null, { type, records: found.map(({ name, ...rest }) => ({ ...rest, target: name || '.' })) })
        })
      case 'NAPTR':
        return this.#resolver.resolveNaptr(name, (error, records) =>
          done(error, error === null ? { type, records } : undefined),
        )
    }
  }
}

function leastTtl(records: readonly RecordWithTtl[]): number {
  return Math.min(...records.map(({ ttl }) => ttl))
}

function failure(error: NodeJS.ErrnoException): Reply {
  if (error.code === dns.NOTFOUND) return { kind: 'nxdomain', ttl: undefined }
  if (error.code === dns.NODATA) return { kind: 'nodata', ttl: undefined }
  return { kind: 'failed', reason: error.code ?? error.message }
}
