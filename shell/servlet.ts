/** `sipwright servlet`: looks at servlet applications, and at tables of handlers by state, before they serve. */

import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import {
  type AppDescriptor,
  checkDeployment,
  checkStates,
  DeploymentError,
  formatCheck,
  formatPattern,
  hierarchyDot,
  hierarchyMermaid,
  type StateCheck,
  StateHandlers,
} from '../apps/servlet/servlet.js'
import { type Command, EnvironmentError, exitCodes, expectWords, readArguments, UsageError } from './command.js'
import { placeOfFault } from './misspelt.js'

export const command: Command = {
  name: 'servlet',
  summary: 'check a servlet application, or a table of handlers by state',
  usage: 'servlet check FILE [--graph mermaid|dot] [--json] | servlet deploy-check FOLDER [--json]',
  help: `FOLDER   an application, or a .sar archive: says what would be deployed, or in which file and line it is wrong
FILE     a module whose default export is a StateHandlers
--graph  prints the states with what they are kinds of, for Mermaid or Graphviz, and checks nothing
--json   the check as data

Ends with 1 when an application cannot be deployed, and when a state has no handler or lacks some, a handler can never be reached, or a message fits two equally.`,
  run,
}

type Table = StateHandlers<string, string, unknown, unknown>

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { graph: { type: 'string' }, json: { type: 'boolean' } })
  const [asked] = positionals
  if (asked !== undefined && asked !== 'check' && asked !== 'deploy-check') {
    throw new UsageError(`there are check and deploy-check, not ${asked}`)
  }
  const [what = '', file = ''] = expectWords(positionals, 'check or deploy-check', 'a file or folder')
  if (!existsSync(file)) throw new EnvironmentError(`there is no ${file}`)
  if (what === 'deploy-check') return deployCheck(file, values.json === true)
  const { graph } = values
  if (graph !== undefined && graph !== 'mermaid' && graph !== 'dot') {
    throw new UsageError(`--graph is mermaid or dot, not ${graph}`)
  }
  const table = await tableOf(file)
  if (graph !== undefined) {
    console.log(graph === 'dot' ? hierarchyDot(table.states) : hierarchyMermaid(table.states))
    return exitCodes.ok
  }
  const check = checked(table)
  if (check === undefined) return exitCodes.negative
  console.log(values.json === true ? JSON.stringify(check) : formatCheck(check))
  const { unmatched, incomplete, unreachable } = check
  return unmatched.length + incomplete.length + unreachable.length > 0 ? exitCodes.negative : exitCodes.ok
}

async function deployCheck(path: string, json: boolean): Promise<number> {
  try {
    const app = await checkDeployment(path)
    console.log(json ? JSON.stringify(app, withClassNames) : formatApplication(app))
    return exitCodes.ok
  } catch (error) {
    if (!(error instanceof DeploymentError)) throw error
    const { message, file, line } = error
    if (json) console.log(JSON.stringify({ error: message, file, line }))
    else console.error(`sipwright servlet: ${message}`)
    return exitCodes.negative
  }
}

function withClassNames(_key: string, value: unknown): unknown {
  return typeof value === 'function' ? value.name : value
}

function formatApplication({ name, servlets, mappings, mainServlet, listeners }: AppDescriptor): string {
  const lines = servlets.map(servlet => `  ${servlet.name}: ${servlet.class.name}${serves(servlet.name)}`)
  const listening = listeners.map(listener => `  listener ${listener.name}`)
  return [`application ${name}`, ...lines, ...listening].join('\n')

  function serves(servlet: string): string {
    if (servlet === mainServlet) return ', for all initial requests'
    const patterns = mappings
      .filter(mapping => mapping.servlet === servlet)
      .map(({ pattern }) => formatPattern(pattern))
    return patterns.length === 0 ? ', for what others hand to it' : `, for ${patterns.join('; ')}`
  }
}

/** Undefined, and said on standard error, where a message would fit two handlers equally. */
function checked(table: Table): StateCheck | undefined {
  try {
    return checkStates(table)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    console.error(`sipwright servlet: ${error.message}`)
    return undefined
  }
}

async function tableOf(file: string): Promise<Table> {
  const url = pathToFileURL(file)
  let module: { readonly default?: unknown }
  try {
    module = await import(url.href)
  } catch (error) {
    const place = (await placeOfFault(error, url)) ?? file
    throw new UsageError(`${place} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (module.default instanceof StateHandlers) return module.default
  throw new UsageError(`${file} exports no StateHandlers as its default`)
}
