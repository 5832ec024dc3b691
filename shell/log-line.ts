/** A log entry as a line for people. */

import { type LogEntry, printable } from '../apps/sip/sip.js'

/** Characters of an entry that are shown: what a peer sends must not flood a log. */
const MOST = 2000

/** One line of bounded length, harmless for a terminal. */
export function logText(text: string): string {
  const shown = printable(text)
  return shown.length > MOST ? `${shown.slice(0, MOST)}...` : shown
}

/** `2026-01-31T12:00:00.000Z error core busy: ...`, always one line. */
export function logLine({ level, text }: Pick<LogEntry, 'level' | 'text'>, time: Date): string {
  return `${time.toISOString()} ${level} ${logText(text)}`
}
