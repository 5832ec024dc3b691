/** `sipwright serve`: a stack with applications, in the foreground until a signal or, on a terminal, with a shell. */

import { availableParallelism } from 'node:os'
import { relative } from 'node:path'
import { demos, placeOf } from './applications.js'
import { type Command, exitCodes, expectWords, readArguments } from './command.js'
import { type Control, openControl } from './control.js'
import { controlPath } from './control-place.js'
import { answerSignals, signalled } from './foreground.js'
import { openRepl } from './repl.js'
import { type Server, serverOptions, startServer } from './server.js'
import { version } from './version.js'

export const command: Command = {
  name: 'serve',
  summary: 'answer calls: the demos, or applications of your own',
  usage:
    'serve [--listen TRANSPORT:ADDRESS:PORT ...] [--threads N] [--apps NAME,...] [--t1 MS] [--trace] [--hep HOST:PORT] [--web PORT] [--autodeploy FOLDER] [--users FILE] [--log-level LEVELS] [--log-json] [--control PATH|off]',
  help: `--listen POINT  where to listen, such as tcp:[::1]:5060, or with udp or ws; may be given again (udp and tcp on 127.0.0.1:5060)
--threads N     worker threads that own calls, 0 for none (one less than this machine has cores, at least 1)
--apps NAMES    applications, with commas: ${demos.join(', ')}, or paths of modules of your own (all demos)
--t1 MS         Timer T1, the round trip that is expected (500)
--trace         print each message and what happens to connections, one line each
--control PATH  the socket by which sipwright attach, show and others reach it; off for none (one in a folder of the user)
--hep ADDRESS   send all messages to a capture server, such as Homer, at HOST:PORT over UDP, in clear
--web PORT      a live page, /metrics for Prometheus and /health over HTTP, on 127.0.0.1 or at ADDRESS:PORT (none)
--autodeploy F  serve the servlet applications, folders or .sar archives, that are dropped into a folder; then there are no
                threads, and no demos but those that --apps names
--users FILE    who may use the applications that ask for it: {"alice": {"password": "secret", "roles": ["boss"]}}
--log-level L   silent, error, warn or info, for all parts of the stack or each: warn,transport=info (info)
--log-json      the log as JSON, one object per line with the Call-ID where there is one

A module of your own exports a core, or a function that makes one, by default; if it exports greeting(place), too, the text
that this returns is printed at the start, so that people know what to dial; and what is in the object that shell(stack)
returns can be typed in the shell.

On a terminal it opens a shell; elsewhere it runs until SIGINT or SIGTERM, and a second one does not wait for the end of
calls. On SIGUSR2 it prints what it holds, as one line of JSON; on SIGHUP it reads resolv.conf and the hosts file again.`,
  run,
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { ...serverOptions, control: { type: 'string' } })
  expectWords(positionals)
  const server = await startServer(values, {
    listen: ['udp:127.0.0.1:5060', 'tcp:127.0.0.1:5060'],
    threads: Math.max(1, availableParallelism() - 1),
    apps: demos,
  })
  const { stack } = server
  const interactive = process.stdin.isTTY === true && process.stdout.isTTY === true
  // Before anything is printed: whoever reads that we listen may send a signal at once.
  const stopAnswering = answerSignals(stack)
  const stop = Promise.race([signalled(), server.ended])
  const control = await controlOf(server, values.control)
  console.log(banner(server, interactive, control !== undefined))
  if (values.trace) server.tracing.on()
  try {
    await (interactive ? openRepl(server, stop) : stop)
    await server.autodeployment?.close()
    await stack.close()
    await control?.close()
  } finally {
    server.web?.close()
    server.tracing.off()
    stopAnswering()
  }
  return exitCodes.ok
}

/** Where nobody asked for it, a server runs without as well. */
async function controlOf(server: Server, path: string | undefined): Promise<Control | undefined> {
  if (path === 'off' || (path === undefined && process.platform === 'win32')) return undefined
  try {
    return await openControl(server, path ?? controlPath(process.pid))
  } catch (error) {
    if (path !== undefined) {
      server.web?.close()
      await server.autodeployment?.close()
      await server.stack.close()
      throw error
    }
    console.error(`sipwright serve: cannot be attached to: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

function banner(
  { stack, applications, web, autodeployment }: Server,
  interactive: boolean,
  attachable: boolean,
): string {
  const threads = stack.threads().length
  const owners = threads === 0 ? 'the main thread' : `${threads} worker thread${threads === 1 ? '' : 's'}`
  return [
    `sipwright ${version} listens on ${stack.listening.join(' and ')}; calls live on ${owners}`,
    ...(web === undefined ? [] : [`Look at it with a browser: ${web.url}`]),
    '',
    ...(autodeployment === undefined ? [] : [autodeployment.greeting]),
    ...applications.greetings,
    '',
    'From another terminal:',
    ...nextSteps(
      placeOf(stack),
      applications.states.map(({ name }) => name),
    ).map(line => `  ${programName()} ${line}`),
    '',
    ...(interactive
      ? ['Type help() for what can be looked at here, .exit to stop.']
      : ['Ctrl-C stops it.', ...(attachable ? [`${programName()} attach opens a shell in it.`] : [])]),
    ...(interactive ? [''] : []),
  ].join('\n')
}

/** What to type next: those that somebody here answers. */
function nextSteps(place: string, apps: readonly string[]): readonly string[] {
  const quote = place.includes(';') ? "'" : ''
  const uri = (user: string): string => `${quote}sip:${user}${place}${quote}`
  return [
    `ping ${uri('')}`,
    ...(apps.includes('uas') ? [`call ${uri('anyone@')} --ladder`] : []),
    ...(apps.includes('busy') ? [`call ${uri('busy@')} --cancel-after 3s`] : []),
    ...(apps.includes('echo') ? [`message ${uri('echo@')} hello`] : []),
  ]
}

/** As it would be typed here: npm runs the script itself, npx the name. */
function programName(): string {
  const path = relative(process.cwd(), process.argv[1] ?? '')
  return path.startsWith('..') || path.includes('node_modules') ? 'npx sipwright' : path
}
