/** What the stack has to say to the people who run it: one entry per event, told to whoever started it. */

import { type CrashReport, showReason } from '../actor/actor.js'
import type { Complaint } from './core/context.js'

export const logModules = ['stack', 'threads', 'actors', 'transport', 'cores', 'trace', 'servlets'] as const

export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error'
  /** The part of the stack that it is about. */
  readonly module: (typeof logModules)[number]
  readonly text: string
  /** The call that it is about, where it is about one. */
  readonly callId?: string
}

export type Log = (entry: LogEntry) => void

/** An application made a mistake; the request it concerns has had its answer. */
export function complaintEntry({ core, callId, what }: Complaint): LogEntry {
  return { level: 'error', module: 'cores', text: `core ${core}: ${what} (Call-ID ${printable(callId)})`, callId }
}

/** Part of the stack ended in an error and is started anew where it is needed. */
export function crashEntry({ label, reason }: CrashReport): LogEntry {
  const where = reason.kind === 'error' ? (reason.stack.split('\n')[1]?.trim() ?? '') : ''
  return { level: 'error', module: 'actors', text: `actor ${label} ended: ${showReason(reason)} ${where}`.trimEnd() }
}

/**
 * Text of a peer, octets as a latin1 string, as one line that no terminal takes for a command: UTF-8 is decoded,
 * control characters and those that turn the direction of writing are escaped.
 */
export function printable(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text
  return decoded(text).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, char => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
}

function decoded(text: string): string {
  if (!/[\x80-\xff]/.test(text) || /[^\0-\xff]/.test(text)) return text
  const utf8 = Buffer.from(text, 'latin1').toString('utf8')
  return utf8.includes('\ufffd') ? text : utf8
}

/** A log that throws must not take down what it reports about: its entries, and why, go to standard error instead. */
export function guardedLog(log: Log): Log {
  return entry => {
    try {
      log(entry)
    } catch (thrown) {
      toStandardError({ level: 'error', module: 'stack', text: `the log function threw ${String(thrown)}` })
      toStandardError(entry)
    }
  }
}

export function toStandardError({ level, text }: LogEntry): void {
  process.stderr.write(`${level}: ${text}\n`)
}
