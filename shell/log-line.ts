/** A log entry as a line for people. */

import { type LogEntry, printable } from '../apps/sip/sip.js'

/** Characters of an entry that are shown: what a peer sends must not flood a log. */
const MOST = 2000

/** `2026-01-31T12:00:00.000Z error core busy: ...`, always one line. */
export function logLine({ level, text }: LogEntry, time: Date): string {
  const shown = printable(text)
  return `${time.toISOString()} ${level} ${shown.length > MOST ? `${shown.slice(0, MOST)}...` : shown}`
}
