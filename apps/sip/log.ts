/** What the stack has to say to the people who run it: one entry per event, told to whoever started it. */

import { type CrashReport, showReason } from '../actor/actor.js'
import type { Complaint } from './core/context.js'

export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error'
  readonly text: string
}

export type Log = (entry: LogEntry) => void

/** An application made a mistake; the request it concerns has had its answer. */
export function complaintEntry({ core, callId, what }: Complaint): LogEntry {
  return { level: 'error', text: `core ${core}: ${what} (Call-ID ${printable(callId)})` }
}

/** Part of the stack ended in an error and is started anew where it is needed. */
export function crashEntry({ label, reason }: CrashReport): LogEntry {
  const where = reason.kind === 'error' ? (reason.stack.split('\n')[1]?.trim() ?? '') : ''
  return { level: 'error', text: `actor ${label} ended: ${showReason(reason)} ${where}`.trimEnd() }
}

/** Text of a peer as one line that no terminal takes for a command. */
export function printable(text: string): string {
  return text.replace(/[^ -~]/g, char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
