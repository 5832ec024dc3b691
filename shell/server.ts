/** A stack as `serve` and `shell` start it: options of the command line, applications, log. */

import { lookup } from 'node:dns/promises'
import { type HepOptions, SipStack } from '../apps/sip/sip.js'
import { Applications, urlOf } from './applications.js'
import { type Autodeployment, startAutodeploy } from './autodeployment.js'
import { EnvironmentError, UsageError, wholeNumber } from './command.js'
import { Logging } from './logging.js'
import { TraceLines } from './trace-lines.js'
import { usersIn } from './users.js'
import { startWeb, type WebServer } from './web/web-server.js'

export const serverOptions = {
  listen: { type: 'string', multiple: true },
  threads: { type: 'string' },
  apps: { type: 'string', multiple: true },
  t1: { type: 'string' },
  trace: { type: 'boolean' },
  hep: { type: 'string' },
  web: { type: 'string' },
  autodeploy: { type: 'string' },
  users: { type: 'string' },
  'log-level': { type: 'string' },
  'log-json': { type: 'boolean' },
} as const

/** The values of `serverOptions`. */
interface Values {
  readonly listen?: readonly string[]
  readonly threads?: string
  readonly apps?: readonly string[]
  readonly t1?: string
  readonly hep?: string
  readonly web?: string
  readonly autodeploy?: string
  readonly users?: string
  readonly 'log-level'?: string
  readonly 'log-json'?: boolean
}

interface Defaults {
  readonly listen: readonly string[]
  readonly threads: number
  readonly apps: readonly string[]
}

/** Where servlets are served, they are alone unless other applications are named. */
const servletDefaults = { threads: 0, apps: [] }

export interface Server {
  readonly stack: SipStack
  readonly applications: Applications
  /** What passes, printed by the server itself. */
  readonly tracing: TraceLines
  readonly logging: Logging
  /** Settles when `end` has been called: somebody at a prompt has ended the server. */
  readonly ended: Promise<void>
  end(): void
  /** The folder whose servlet applications it serves. */
  readonly autodeployment: Autodeployment | undefined
  /** Where it can be looked at with a browser. */
  readonly web: WebServer | undefined
}

/** Rejects with UsageError for what makes no sense, ListenError for a place that is taken. Nothing is left running then. */
export async function startServer(values: Values, defaults: Defaults): Promise<Server> {
  const usual = values.autodeploy === undefined ? defaults : { ...defaults, ...servletDefaults }
  const apps = values.apps?.flatMap(names => names.split(',').filter(name => name !== '')) ?? usual.apps
  for (const name of apps) urlOf(name)
  const threads = wholeNumber('--threads', values.threads, [0, 64]) ?? usual.threads
  if (values.autodeploy !== undefined && threads > 0) {
    throw new UsageError('--autodeploy needs --threads 0: the servlets of an application share one context')
  }
  if (values.users !== undefined && values.autodeploy === undefined)
    throw new UsageError('--users goes with --autodeploy')
  const users = values.users === undefined ? undefined : usersIn(values.users)
  const listen = values.listen ?? defaults.listen
  const secure = listen.find(point => /^(tls|wss):/i.test(point))
  if (secure !== undefined) {
    throw new UsageError(
      `"${secure}" needs a certificate, which only a program has: SipStack.start({ listen, tls: { key, cert } })`,
    )
  }
  const t1 = wholeNumber('--t1', values.t1, [1, 60_000])
  const hep = values.hep === undefined ? undefined : await captureServer(values.hep)
  const held = new HeldLines()
  const logging = new Logging({ json: values['log-json'] ?? false, write: line => held.write(line) })
  if (values['log-level'] !== undefined) logging.set(values['log-level'])
  const stack = await start({
    listen,
    threads,
    ...(t1 === undefined ? {} : { timers: { T1: t1 } }),
    ...(hep === undefined ? {} : { trace: { hep } }),
    log: logging.log,
  })
  held.release()
  let autodeployment: Autodeployment | undefined
  try {
    const applications = new Applications(stack)
    for (const name of apps) await applications.load(name)
    autodeployment =
      values.autodeploy === undefined
        ? undefined
        : await startAutodeploy(stack, values.autodeploy, { log: logging.log, users })
    const web = values.web === undefined ? undefined : await startWeb(stack, values.web, autodeployment?.container)
    let end = (): void => undefined
    const ended = new Promise<void>(resolve => {
      end = resolve
    })
    const tracing = new TraceLines(stack, line => console.log(line))
    return { stack, applications, autodeployment, logging, web, tracing, ended, end }
  } catch (error) {
    await autodeployment?.close()
    await stack.close()
    throw error
  }
}

async function captureServer(text: string): Promise<HepOptions> {
  const [, host, port] = /^\[?([^[\]]+?)\]?:(\d{1,5})$/.exec(text) ?? []
  if (host === undefined) throw new UsageError('--hep takes HOST:PORT, such as 192.0.2.1:9060')
  try {
    const { address } = await lookup(host)
    return { to: `${address.includes(':') ? `[${address}]` : address}:${port}` }
  } catch {
    throw new EnvironmentError(`--hep: ${host} has no address`)
  }
}

/** Standard error, from the moment that the stack has started: when it cannot, one line from the command says why. */
class HeldLines {
  #held: string[] | undefined = []

  write(line: string): void {
    if (this.#held === undefined) process.stderr.write(line)
    else this.#held.push(line)
  }

  release(): void {
    process.stderr.write(this.#held?.join('') ?? '')
    this.#held = undefined
  }
}

/** What the stack says of options that it cannot use is meant for whoever typed them. */
async function start(options: Parameters<typeof SipStack.start>[0]): Promise<SipStack> {
  try {
    return await SipStack.start(options)
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message)
    throw error
  }
}
