/** `sipwright parse`: what the stack makes of a message. */

import { explainMessage, formatExplanation } from '../apps/sip/sip.js'
import { type Command, exitCodes, expectWords, readArguments } from './command.js'
import { readOctets } from './octets.js'

export const command: Command = {
  name: 'parse',
  summary: 'explain a message: what was read, what tolerated, what is wrong and what is owed for it',
  usage: 'parse FILE|- [--json]',
  help: `FILE    a message as it came in one datagram; - reads it from standard input
--json  print one JSON object

Line ends may be LF alone, as text editors write them. A message with flaws is read as far as it goes, and each flaw is
listed with its status; the first is the one that the stack would answer for.
Ends with 0 for a message that the stack would take, 1 for one that it would refuse or drop.`,
  run,
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { json: { type: 'boolean' } })
  const [file = ''] = expectWords(positionals, 'FILE')
  const explanation = explainMessage(readOctets(file))
  if (values.json) console.log(JSON.stringify(explanation))
  else process.stdout.write(formatExplanation(explanation))
  return explanation.flaws.length === 0 ? exitCodes.ok : exitCodes.negative
}
