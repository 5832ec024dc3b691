/** `drain`: the end of a server without hurry. */

import type { StackCensus } from '../apps/sip/sip.js'
import { readArguments, UsageError, wholeNumber } from './command.js'
import { Refusal, type Word } from './word.js'

/** ms that calls get to end by themselves, unless told otherwise. */
const PATIENCE = 30_000

export const drain: Word = {
  name: 'drain',
  takes: '[MS]',
  what: `takes no new work, waits ${PATIENCE / 1000} s at most for what goes on, hangs up the rest, and ends the server`,
  async run(args, { server }) {
    const [ms, extra] = readArguments(args, {}).positionals
    if (extra !== undefined) throw new UsageError(`"${extra}" is one word too many`)
    const left = await server.stack.drain(wholeNumber('the time', ms, [0, 86_400_000]) ?? PATIENCE)
    server.end()
    const cut = cutShort(left)
    if (cut !== '') throw new Refusal(`it has ended, and cut short ${cut}`)
    return 'it has ended, and nothing was cut short'
  },
}

function cutShort({ servers, calls, dialogs, clients }: StackCensus): string {
  return Object.entries({
    'requests being answered': servers,
    'requests of ours': clients,
    'calls being placed': calls,
    dialogs,
  })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ')
}
