/** `sipwright servlet check`: what is missing in a table of handlers by state, and its states as a picture. */

import { pathToFileURL } from 'node:url'
import {
  checkStates,
  formatCheck,
  hierarchyDot,
  hierarchyMermaid,
  type StateCheck,
  StateHandlers,
} from '../apps/servlet/servlet.js'
import { type Command, exitCodes, expectWords, readArguments, UsageError } from './command.js'

export const command: Command = {
  name: 'servlet',
  summary: 'check a table of handlers by state',
  usage: 'servlet check FILE [--graph mermaid|dot] [--json]',
  help: `FILE     a module whose default export is a StateHandlers
--graph  prints the states with what they are kinds of, for Mermaid or Graphviz, and checks nothing
--json   the check as data

Ends with 1 when a state has no handler or lacks some, a handler can never be reached, or a message fits two equally.`,
  run,
}

type Table = StateHandlers<string, string, unknown, unknown>

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { graph: { type: 'string' }, json: { type: 'boolean' } })
  const [what = '', file = ''] = expectWords(positionals, 'check', 'FILE')
  if (what !== 'check') throw new UsageError(`there is check, not ${what}`)
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
  let module: { readonly default?: unknown }
  try {
    module = await import(pathToFileURL(file).href)
  } catch (error) {
    throw new UsageError(`${file} cannot be loaded: ${error instanceof Error ? error.message.split('\n')[0] : error}`)
  }
  if (module.default instanceof StateHandlers) return module.default
  throw new UsageError(`${file} exports no StateHandlers as its default`)
}
