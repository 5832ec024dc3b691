/** `sipwright shell`: a shell around a stack that answers nobody unless told to. */

import { type Command, exitCodes, expectWords, readArguments } from './command.js'
import { openRepl } from './repl.js'
import { serverOptions, startServer } from './server.js'
import { version } from './version.js'

export const command: Command = {
  name: 'shell',
  summary: 'place calls and look at a stack, typing JavaScript',
  usage:
    'shell [--listen TRANSPORT:ADDRESS:PORT ...] [--threads N] [--apps NAME,...] [--t1 MS] [--trace] [--hep HOST:PORT] [--web PORT] [--log-level LEVELS] [--log-json]',
  help: `Options as for serve, but by default on free ports of 127.0.0.1, without threads and applications.
Reads from the terminal or from a pipe.`,
  run,
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, serverOptions)
  expectWords(positionals)
  const server = await startServer(values, {
    listen: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'],
    threads: 0,
    apps: [],
  })
  const { stack, applications, tracing, web } = server
  console.log(`sipwright ${version} on ${stack.listening.join(' and ')}; help() tells what can be typed`)
  if (web !== undefined) console.log(`Look at it with a browser: ${web.url}`)
  for (const greeting of applications.greetings) console.log(greeting)
  if (values.trace) tracing.on()
  await openRepl(server)
  await server.autodeployment?.close()
  await stack.close()
  web?.close()
  tracing.off()
  return exitCodes.ok
}
