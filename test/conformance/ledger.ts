/** The ledger under `specs/ledger`: which normative sentences there are, by number, and which of them we leave out and why. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Ledger {
  readonly rfc: number
  readonly title: string
  /** MUST, MUST NOT, SHOULD or SHOULD NOT, by id. */
  readonly clauses: Readonly<Record<string, string>>
  /** Why nothing here can break or keep it, by id. */
  readonly notApplicable: Readonly<Record<string, string>>
  /** What is missing, by id. */
  readonly open: Readonly<Record<string, string>>
}

const idPattern = /\[(\d{4}-\d+(?:\.\d+)*-\d+)\]/g

/** The clause ids that a title carries. */
export function idsIn(title: string): readonly string[] {
  return [...title.matchAll(idPattern)].map(([, id = '']) => id)
}

/** `17.1.1.2` of `3261-17.1.1.2-3`. */
export function sectionOf(id: string): string {
  return id.split('-')[1] ?? ''
}

/** All ledgers in a folder. Throws TypeError for a file that is none. */
export function readLedgers(folder: string): readonly Ledger[] {
  const files = readdirSync(folder).filter(file => file.endsWith('.json'))
  return files.toSorted().map(file => {
    const ledger: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    if (!isLedger(ledger)) throw new TypeError(`${file} is no ledger`)
    const stray = [...Object.keys(ledger.notApplicable), ...Object.keys(ledger.open)].find(
      id => !(id in ledger.clauses),
    )
    if (stray !== undefined) throw new TypeError(`${file} gives a reason for ${stray}, which is not in it`)
    return ledger
  })
}

function isLedger(value: unknown): value is Ledger {
  if (typeof value !== 'object' || value === null) return false
  const { rfc, title, clauses, notApplicable, open } = { ...emptyLedger, ...value }
  return typeof rfc === 'number' && typeof title === 'string' && [clauses, notApplicable, open].every(isTextByText)
}

const emptyLedger: Readonly<Record<keyof Ledger, unknown>> = {
  rfc: undefined,
  title: undefined,
  clauses: undefined,
  notApplicable: undefined,
  open: undefined,
}

function isTextByText(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every(text => typeof text === 'string')
}
