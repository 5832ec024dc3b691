/** The command `sipwright`: finds the sub-command, and turns its end into an exit code. */

import { ListenError } from '../apps/sip/sip.js'
import { type Command, EnvironmentError, exitCodes, UnreachableError, UsageError } from './command.js'
import type { commandNames } from './command-names.js'
import { didYouMean } from './did-you-mean.js'
import { version } from './version.js'

/** Words of the shell that are commands, too. */
const remoteWords = ['show', 'calls', 'ladder', 'export', 'trace', 'dialog', 'connection', 'loglevel', 'drain'] as const

type Loading = () => Promise<{ readonly command: Command }>

/** Loaded when needed: a client command should not wait for the modules of the server. */
const loadings: Readonly<Record<(typeof commandNames)[number], Loading>> = {
  serve: () => import('./serve.js'),
  shell: () => import('./shell.js'),
  ping: () => import('./ping.js'),
  call: () => import('./call.js'),
  message: () => import('./message.js'),
  register: () => import('./register.js'),
  options: () => import('./options.js'),
  parse: () => import('./parse.js'),
  traceroute: () => import('./traceroute.js'),
  load: () => import('./load.js'),
  torture: () => import('./torture.js'),
  send: () => import('./send.js'),
  resolve: () => import('./resolve.js'),
  spec: () => import('./spec.js'),
  graph: () => import('./graph.js'),
  servlet: () => import('./servlet.js'),
  attach: () => import('./attach.js'),
}

const commands: ReadonlyMap<string, Loading> = new Map([
  ...Object.entries(loadings),
  ...remoteWords.map(name => [name, async () => ({ command: (await import('./remote.js')).remote(name) })] as const),
])

// Whoever reads may have had enough, as `head` has; a server goes on without.
process.stdout.on('error', error => {
  if (process.argv[2] === 'serve') return
  if (!('code' in error && error.code === 'EPIPE')) console.error(`sipwright: ${error.message}`)
  process.exit(exitCodes.environment)
})

process.exitCode = await main(process.argv.slice(2))

async function main([word, ...args]: readonly string[]): Promise<number> {
  if (word === '--version' || word === '-v') return say(version)
  if (word === '--help' || word === '-h' || word === 'help') return args[0] === undefined ? overview() : help(args[0])
  if (word === undefined) {
    console.error('sipwright: a command is missing: `sipwright --help` lists them')
    return exitCodes.usage
  }
  return asksForHelp(args) ? help(word) : run(word, args)
}

async function run(word: string, args: readonly string[]): Promise<number> {
  try {
    const command = await commandOf(word)
    return await command.run(args)
  } catch (error) {
    if (error instanceof UsageError) return complain(error, exitCodes.usage)
    if (error instanceof UnreachableError) return complain(error, exitCodes.negative)
    if (error instanceof ListenError || error instanceof EnvironmentError) return complain(error, exitCodes.environment)
    // The system has refused something, and says of what.
    if (error instanceof Error && 'syscall' in error) return complain(error, exitCodes.environment)
    throw error
  }

  function complain({ message }: Error, code: number): number {
    const advice = code === exitCodes.usage && commands.has(word) ? `; see sipwright ${word} --help` : ''
    const line = message.trim().replace(/\s*\n\s*/g, ' ')
    console.error(`sipwright${commands.has(word) ? ` ${word}` : ''}: ${line}${advice}`)
    return code
  }
}

async function commandOf(word: string): Promise<Command> {
  const load = commands.get(word)
  if (load === undefined) throw new UsageError(unknown(word))
  return (await load()).command
}

function unknown(word: string): string {
  return `unknown command ${word}${didYouMean(word, [...commands.keys()])}: \`sipwright --help\` lists them`
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end < 0 ? args.length : end).some(arg => arg === '--help' || arg === '-h')
}

async function overview(): Promise<number> {
  const loaded = await Promise.all([...commands.values()].map(load => load()))
  const width = Math.max(...[...commands.keys()].map(name => name.length))
  return say(
    [
      `sipwright ${version}, an RFC 3261 SIP stack`,
      '',
      'Usage: sipwright COMMAND [ARGUMENTS]',
      '',
      ...loaded.map(({ command }) => `  ${command.name.padEnd(width)}  ${command.summary}`),
      '',
      '`sipwright COMMAND --help` tells more. Exit codes: 0 yes, 1 no, 2 wrong usage, 3 the machine does not let it.',
    ].join('\n'),
  )
}

async function help(word: string): Promise<number> {
  if (!commands.has(word)) {
    console.error(`sipwright: ${unknown(word)}`)
    return exitCodes.usage
  }
  const { usage, summary, help } = await commandOf(word)
  return say(`Usage: sipwright ${usage}\n\n${summary}\n\n${help}`)
}

function say(text: string): number {
  console.log(text)
  return exitCodes.ok
}
