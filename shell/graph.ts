/** `sipwright graph`: the state machines as diagrams, drawn from the code by exploring it. */

import { dot, mermaid, transactionGraphs } from '../apps/scenario/scenario.js'
import { type Command, exitCodes, expectWords, readArguments, UsageError } from './command.js'

export const command: Command = {
  name: 'graph',
  summary: 'print the state machines as diagrams',
  usage: 'graph transactions [--format mermaid|dot]',
  help: `transactions  the four machines of RFC 3261 §17 with RFC 6026
--format      mermaid, unless given, or dot for Graphviz

An arrow says what happens / what is sent, told and started; UDP or streams where it happens over one of them only.`,
  run: args => Promise.resolve(run(args)),
}

function run(args: readonly string[]): number {
  const { values, positionals } = readArguments(args, { format: { type: 'string' } })
  const [what = ''] = expectWords(positionals, 'transactions')
  if (what !== 'transactions') throw new UsageError(`there are transactions, not ${what}`)
  const { format = 'mermaid' } = values
  if (format !== 'mermaid' && format !== 'dot') throw new UsageError(`--format is mermaid or dot, not ${format}`)
  console.log(
    transactionGraphs()
      .map(format === 'dot' ? dot : mermaid)
      .join('\n'),
  )
  return exitCodes.ok
}
