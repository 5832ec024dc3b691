/** A resolver that asks name servers, as resolv.conf(5) and hosts(5) of the machine say: RFC 1034 §5.3. */

import type { TimerHandle } from '../../actor/actor.js'
import { type DnsContext, type Exchanged, exchange, type NameServer, parseNameServer } from './dns-exchange.js'
import { isName } from './dns-message.js'
import { type Alias, MOST_ALIASES, replyOf } from './dns-reply.js'
import { askHosts, type Hosts, parseHosts } from './hosts.js'
import type { Question } from './plan.js'
import { candidates, parseResolvConf, type ResolvConf } from './resolv-conf.js'
import type { Reply, Resolver } from './resolver.js'

/** What the machine says of names, as texts. */
export interface NameFiles {
  readonly resolvConf: string
  readonly hosts: string
}

export interface DnsResolverOptions extends DnsContext {
  readonly files: NameFiles
  /** Name servers in place of those of resolv.conf, as `192.0.2.1`, `192.0.2.1:5353` or `[2001:db8::1]:53`. */
  readonly servers?: readonly string[]
  /** ms for one attempt with one server, in place of what resolv.conf says. */
  readonly timeout?: number
  /** ms for one question with all attempts: 10,000 unless given. */
  readonly total?: number
}

export class DnsResolver implements Resolver {
  readonly #options: DnsResolverOptions
  readonly #lookups = new Set<Lookup>()
  #conf: ResolvConf
  #servers: readonly NameServer[]
  #hosts: Hosts
  #first = 0

  /** Throws TypeError for servers that are no addresses. */
  constructor(options: DnsResolverOptions) {
    this.#options = options
    this.#conf = parseResolvConf(options.files.resolvConf)
    this.#servers = this.#serversOf(this.#conf)
    this.#hosts = parseHosts(options.files.hosts)
  }

  /** Takes over what the files say now; what is under way goes on. */
  reload(files: NameFiles): void {
    this.#conf = parseResolvConf(files.resolvConf)
    this.#servers = this.#serversOf(this.#conf)
    this.#hosts = parseHosts(files.hosts)
  }

  resolve(question: Question, done: (reply: Reply) => void): void {
    const lookup = new Lookup(this.#settings(), question, reply => {
      this.#lookups.delete(lookup)
      done(reply)
    })
    this.#lookups.add(lookup)
  }

  close(): void {
    for (const lookup of this.#lookups) lookup.close()
    this.#lookups.clear()
  }

  #serversOf({ servers }: ResolvConf): readonly NameServer[] {
    if (this.#options.servers === undefined) return servers.flatMap(server => parseNameServer(server) ?? [])
    return this.#options.servers.map(text => {
      const server = parseNameServer(text)
      if (server !== undefined) return server
      throw new TypeError(`${text} is no name server: write its address, or ADDRESS:PORT`)
    })
  }

  #settings(): Settings {
    const conf = this.#conf
    const first = conf.rotate ? this.#first++ % Math.max(this.#servers.length, 1) : 0
    const servers = [...this.#servers.slice(first), ...this.#servers.slice(0, first)]
    const { timeout = conf.timeout, total = 10_000 } = this.#options
    return { context: this.#options, conf, hosts: this.#hosts, servers, timeout, total }
  }
}

interface Settings {
  readonly context: DnsContext
  readonly conf: ResolvConf
  readonly hosts: Hosts
  readonly servers: readonly NameServer[]
  readonly timeout: number
  readonly total: number
}

/** One question until its reply: over names, servers and rounds. */
class Lookup {
  readonly #settings: Settings
  readonly #type: Question['type']
  readonly #done: (reply: Reply) => void
  readonly #names: string[]
  readonly #deadline: TimerHandle
  #giveUp: () => void = () => undefined
  #open = true
  #aliases = 0
  #ttl = Number.POSITIVE_INFINITY
  /** Servers asked so far for the name that is its turn. */
  #asked = 0
  #reason = 'there is no name server'

  constructor(settings: Settings, { type, name }: Question, done: (reply: Reply) => void) {
    this.#settings = settings
    this.#type = type
    this.#done = done
    this.#names = [...candidates(name, settings.conf)]
    const { clock } = settings.context
    this.#deadline = clock.start(settings.total, { fire: () => this.#end({ kind: 'failed', reason: this.#reason }) })
    clock.soon(() => this.#ask())
  }

  close(): void {
    this.#open = false
    this.#settings.context.clock.stop(this.#deadline)
    this.#giveUp()
  }

  #ask(): void {
    const [name = ''] = this.#names
    if (!this.#open) return
    const question: Question = { type: this.#type, name }
    const local = askHosts(this.#settings.hosts, question)
    if (local !== undefined) return this.#end(local)
    if (!isName(name)) return this.#end({ kind: 'failed', reason: `${name} is no name of the DNS` })
    const { context, servers, conf, timeout } = this.#settings
    const server = servers[this.#asked % servers.length]
    if (server === undefined || this.#asked >= servers.length * conf.attempts) {
      return this.#end({ kind: 'failed', reason: this.#reason })
    }
    this.#asked++
    this.#giveUp = exchange(context, server, question, timeout, result => this.#answered(question, server, result))
  }

  #answered(question: Question, { address, port }: NameServer, result: Exchanged): void {
    const reply: Reply | Alias = 'reason' in result ? { kind: 'failed', ...result } : replyOf(question, result)
    switch (reply.kind) {
      case 'failed':
        this.#reason = `${address} port ${port}: ${reply.reason}`
        return this.#ask()
      case 'alias':
        return this.#follow(reply)
      case 'nxdomain':
      case 'nodata':
        if (this.#names.length === 1) return this.#end(reply)
        this.#names.shift()
        this.#asked = 0
        return this.#ask()
      case 'found':
        return this.#end({ ...reply, ttl: Math.min(reply.ttl ?? 0, this.#ttl) })
    }
  }

  #follow({ name, ttl }: Alias): void {
    if (++this.#aliases > MOST_ALIASES) return this.#end({ kind: 'failed', reason: 'the aliases do not end' })
    this.#ttl = Math.min(this.#ttl, ttl)
    this.#names.splice(0, this.#names.length, `${name}.`)
    this.#asked = 0
    this.#ask()
  }

  #end(reply: Reply): void {
    if (!this.#open) return
    this.close()
    this.#done(reply)
  }
}
