/** The supervision tree as text. */

import type { Kernel } from './kernel.js'
import { type AnyRef, showRef } from './ref.js'

interface Twig {
  readonly ref: AnyRef
  readonly label: string
  readonly waiting: number
  readonly children: Twig[]
}

/** Leaves of one label under one parent that are shown before the rest are only counted. */
const SHOWN = 8

/** One line for each actor of a kernel, under the one that started it, with its label, its ref and what waits for it. */
export function tree(kernel: Kernel): string {
  const twigs = new Map<AnyRef, Twig>()
  const roots: Twig[] = []
  // A parent is always older than its children.
  for (const { ref, label, parent, waiting } of kernel.actors()) {
    const twig = { ref, label, waiting, children: [] }
    twigs.set(ref, twig)
    const under = parent === undefined ? undefined : twigs.get(parent)
    if (under === undefined) roots.push(twig)
    else under.children.push(twig)
  }
  return lines(roots, '', '').join('\n')
}

function lines(twigs: readonly Twig[], fork: string, indent: string): string[] {
  const shown = new Map<string, number>()
  const out: string[] = []
  const rows = twigs.filter(({ label, children }) => {
    const count = children.length > 0 ? 0 : (shown.get(label) ?? 0) + 1
    if (count > 0) shown.set(label, count)
    return count <= SHOWN
  })
  const more = [...shown].filter(([, count]) => count > SHOWN)
  for (const [at, twig] of rows.entries()) {
    const last = more.length === 0 && at === rows.length - 1
    out.push(`${indent}${fork && (last ? '└─ ' : '├─ ')}${row(twig)}`)
    out.push(...lines(twig.children, '─', `${indent}${fork && (last ? '   ' : '│  ')}`))
  }
  for (const [at, [label, count]] of more.entries()) {
    out.push(`${indent}${fork && (at === more.length - 1 ? '└─ ' : '├─ ')}… and ${count - SHOWN} more ${label}`)
  }
  return out
}

function row({ label, ref, waiting }: Twig): string {
  return `${label} ${showRef(ref)}${waiting > 0 ? ` ${waiting} waiting` : ''}`
}
