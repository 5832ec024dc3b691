/** Words that change what a running server does: one of its calls, one of its connections, what it logs. */

import { expectWords, UsageError } from './command.js'
import { silence, silentThreads } from './show.js'
import { Refusal, type Word } from './word.js'

/** More dialogs than a server has. */
const ALL = 1_000_000

export const dialog: Word = {
  name: 'dialog',
  takes: 'CALL-ID bye',
  what: 'hangs up a call',
  async run(args, { server: { stack } }) {
    const [callId = ''] = expectWords(args, 'CALL-ID', 'bye')
    if (args[1] !== 'bye') throw new UsageError(`a dialog can be ended with bye, and nothing else: not ${args[1]}`)
    const [dialogs, silent] = await Promise.all([stack.dialogs(ALL), silentThreads(stack)])
    const found = dialogs.filter(each => each.callId === callId && each.usages.includes('invite'))
    const ended = await Promise.all(found.map(each => stack.endDialog(each)))
    if (!ended.includes(true)) throw new Refusal([`there is no call ${callId}`, ...silent.map(silence)].join('; '))
    return 'it was told BYE'
  },
}

export const connection: Word = {
  name: 'connection',
  takes: 'ID close',
  what: 'closes a connection of show connections; what it carries has failed',
  async run(args, { server: { stack } }) {
    const [id = ''] = expectWords(args, 'ID', 'close')
    if (args[1] !== 'close')
      throw new UsageError(`a connection can be closed with close, and nothing else: not ${args[1]}`)
    if (!(await stack.closeConnection(Number(id)))) throw new Refusal(`there is no connection ${id}`)
    return 'it is closed'
  },
}

export const loglevel: Word = {
  name: 'loglevel',
  takes: '[LEVELS]',
  what: 'what is logged: warn, for all parts of the stack, or error,transport=info; without LEVELS as it is now',
  run(args, { server: { logging } }) {
    const [levels] = args.length === 0 ? [] : expectWords(args, 'LEVELS')
    if (levels !== undefined) logging.set(levels)
    return logging.levels
  },
}
