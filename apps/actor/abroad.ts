/** The way to actors on other threads; the mesh implements it. */

import type { ExitReason } from './exit.js'
import type { Watcher } from './monitor.js'
import type { AnyRef } from './ref.js'

export interface Abroad {
  readonly watches: number
  send(to: AnyRef, message: unknown): void
  watch(target: AnyRef, watcher: Watcher): void
  unwatch(target: AnyRef, watcher: Watcher): void
  link(target: AnyRef, from: AnyRef): void
  unlink(target: AnyRef, from: AnyRef): void
  exit(target: AnyRef, reason: ExitReason, from: AnyRef | undefined): void
}
