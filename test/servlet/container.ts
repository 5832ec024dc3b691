/** A container on a stack in virtual time, with what it says. */

import type { RawPeer, StackPeer, Stage } from '../../apps/scenario/scenario.js'
import {
  type AppOptions,
  type ContainerOptions,
  defineApp,
  type ServletClass,
  ServletContainer,
} from '../../apps/servlet/servlet.js'

export interface Running {
  readonly container: ServletContainer
  readonly peer: StackPeer
  /** A peer that does what the test says. */
  readonly alice: RawPeer
  /** Entries of the log, level first. */
  readonly log: string[]
}

/** What the census says when nothing goes on. */
export const empty = { applicationSessions: 0, sessions: 0, inner: 0 } as const

/** Runs applications in a container of its own; one servlet class alone is an application named `app`. */
export async function running(
  stage: Stage,
  apps: ServletClass | Partial<AppOptions<string>> | readonly Partial<AppOptions<string>>[],
  options: ContainerOptions = {},
): Promise<Running> {
  const peer = await stage.stack('server')
  const alice = await stage.raw('alice')
  const log: string[] = []
  const container = new ServletContainer(peer.stack, {
    log: ({ level, text }) => log.push(`${level}: ${text}`),
    ...options,
  })
  const given = typeof apps === 'function' ? [{ servlets: { main: apps } }] : isSeveral(apps) ? apps : [apps]
  for (const app of given) await container.deploy(defineApp({ name: 'app', servlets: {}, ...app }))
  return { container, peer, alice, log }
}

function isSeveral(apps: object): apps is readonly Partial<AppOptions<string>>[] {
  return Array.isArray(apps)
}
