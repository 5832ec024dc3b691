/** The log of a server, on standard error: lines for people or JSON for programs, with a level for each part of the stack. */

import { type Logger, pino } from 'pino'
import { type LogEntry, logModules } from '../apps/sip/sip.js'
import { UsageError } from './command.js'
import { didYouMean } from './did-you-mean.js'
import { logLine, logText } from './log-line.js'

export const logLevels = ['silent', 'error', 'warn', 'info'] as const
export type LogLevel = (typeof logLevels)[number]
type Module = LogEntry['module']

export interface LoggingOptions {
  readonly json?: boolean
  /** Takes a line with its end: standard error unless given. */
  readonly write?: (line: string) => void
}

export class Logging {
  readonly #loggers: ReadonlyMap<Module, Logger>

  constructor({ json = false, write = line => void process.stderr.write(line) }: LoggingOptions = {}) {
    const root = pino(
      {
        base: null,
        level: 'info',
        formatters: { level: level => ({ level }) },
        timestamp: () => `,"at":${Date.now()}`,
      },
      { write: json ? write : line => write(`${readable(line)}\n`) },
    )
    this.#loggers = new Map(logModules.map(module => [module, root.child({ module })]))
  }

  readonly log = ({ level, module, text, callId }: LogEntry): void => {
    this.#loggers.get(module)?.[level](callId === undefined ? {} : { callId: logText(callId) }, logText(text))
  }

  /** What is told of each part. */
  get levels(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#loggers].map(([module, { level }]) => [module, level]))
  }

  /** Takes `warn`, for all parts, or `error,transport=info`, the later over the earlier. Throws UsageError for anything else. */
  set(levels: string): void {
    const settings = levels.split(',').map(readSetting)
    for (const { module, level } of settings) {
      for (const [name, logger] of this.#loggers) if (module === undefined || module === name) logger.level = level
    }
  }
}

function readSetting(text: string): { readonly module: string | undefined; readonly level: LogLevel } {
  const at = text.indexOf('=')
  const module = at === -1 ? undefined : text.slice(0, at)
  const level = logLevels.find(each => each === text.slice(at + 1))
  if (level === undefined) throw new UsageError(`"${text.slice(at + 1)}" is no log level: ${logLevels.join(', ')}`)
  if (module !== undefined && !logModules.some(each => each === module)) {
    throw new UsageError(`there is no part "${module}"${didYouMean(module, logModules)}: ${logModules.join(', ')}`)
  }
  return { module, level }
}

/** What pino writes, as a line for people. */
function readable(line: string): string {
  const { at, level, msg } = JSON.parse(line) as { at: number; level: LogEntry['level']; msg: string }
  return logLine({ level, text: msg }, new Date(at))
}
