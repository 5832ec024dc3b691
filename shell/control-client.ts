/** The other end of a control socket: finds the server that is meant, and connects to it. */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { EnvironmentError, UsageError } from './command.js'
import { controlPath, runningServers } from './control-place.js'

/** To the server of that path or process, else to the only one that runs. Rejects with what is to be done instead. */
export async function connectTo(given: string | undefined): Promise<Socket> {
  const path = given === undefined ? await only() : /^\d+$/.test(given) ? controlPath(Number(given)) : given
  const socket = connect(path)
  try {
    await once(socket, 'connect')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new EnvironmentError(`no server answers at ${path} (${reason}): start one with sipwright serve`)
  }
  return socket
}

async function only(): Promise<string> {
  const [first, ...others] = await runningServers()
  if (first === undefined) throw new EnvironmentError('no server of yours runs here: start one with sipwright serve')
  if (others.length > 0) {
    throw new UsageError(
      `several servers run here, choose with attach PATH or --control PATH: ${[first, ...others].join(' ')}`,
    )
  }
  return first
}
