/** Servlet applications in a server: what is dropped into a folder is in service. */

import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Autodeploy, ServletContainer, type UserRealm } from '../apps/servlet/servlet.js'
import type { Log, SipStack } from '../apps/sip/sip.js'
import { EnvironmentError } from './command.js'

export interface Autodeployment {
  readonly container: ServletContainer
  readonly greeting: string
  close(): Promise<void>
}

/** Rejects with EnvironmentError when the folder cannot be used: one that is misspelt would stay empty for ever. */
export async function startAutodeploy(
  stack: SipStack,
  where: string,
  { log, users }: { readonly log: Log; readonly users: UserRealm | undefined },
): Promise<Autodeployment> {
  const folder = resolve(where)
  await checkFolder(folder)
  // Before the applications that came with the server: what somebody drops is meant to be reached.
  const container = new ServletContainer(stack, { log, priority: 1, ...(users === undefined ? {} : { users }) })
  const autodeploy = await started(container, folder, log)
  const stopGuarding = guard(autodeploy, log)
  const names = autodeploy.deployed
  return {
    container,
    greeting: `Drop applications into ${folder}${names.length === 0 ? '' : `; there are ${names.join(', ')}`}`,
    close: async () => {
      await autodeploy.close()
      await container.close()
      stopGuarding()
    },
  }
}

async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined)
  if (found === undefined)
    throw new EnvironmentError(`--autodeploy: there is no folder ${folder}: make it, or mend its name`)
  if (!found.isDirectory()) throw new EnvironmentError(`--autodeploy: ${folder} is no folder`)
}

async function started(target: ServletContainer, folder: string, log: Log): Promise<Autodeploy> {
  try {
    return await Autodeploy.start({ folder, target, log })
  } catch (error) {
    await target.close()
    throw new EnvironmentError(`--autodeploy: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** What applications throw where nobody waits for it, in timers and promises of their own, must not end the server. */
function guard(autodeploy: Autodeploy, log: Log): () => void {
  const take = (thrown: unknown): void => {
    if (!autodeploy.hasThrown(thrown)) {
      console.error(thrown)
      process.exit(1)
    }
    log({
      level: 'error',
      module: 'servlets',
      text: `an application threw: ${thrown instanceof Error ? thrown.stack : thrown}`,
    })
  }
  process.on('uncaughtException', take)
  process.on('unhandledRejection', take)
  return () => {
    process.off('uncaughtException', take)
    process.off('unhandledRejection', take)
  }
}
