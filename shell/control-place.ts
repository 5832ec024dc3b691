/** Where the servers of this user can be spoken to: Unix sockets in a folder that nobody else can look into. */

import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { EnvironmentError, UsageError } from './command.js'

/** Octets that the path of a socket may have: 104 on macOS, 108 on Linux, with a NUL behind. */
const LONGEST = 103

/** The socket of a server that was not told otherwise. */
export function controlPath(pid: number): string {
  return join(controlFolder(), `${pid}.sock`)
}

/** Sockets of servers that live, by age; those of servers that do not are removed. */
export async function runningServers(): Promise<readonly string[]> {
  const folder = controlFolder()
  if (!existsSync(folder)) return []
  const paths = readdirSync(folder)
    .filter(name => name.endsWith('.sock'))
    .map(name => join(folder, name))
  const lives = await Promise.all(paths.map(isAnswered))
  for (const [at, path] of paths.entries()) if (lives[at] === false) rmSync(path, { force: true })
  return paths.filter((_, at) => lives[at]).toSorted((a, b) => lstatSync(a).ctimeMs - lstatSync(b).ctimeMs)
}

/** Makes room for a socket. Throws EnvironmentError where somebody listens already, or others could get at it. */
export async function claim(given: string): Promise<string> {
  if (given === '') throw new UsageError('--control takes a path, or off')
  const path = resolve(given)
  if (Buffer.byteLength(path) > LONGEST)
    throw new UsageError(`${path} is too long for a socket: ${LONGEST} octets at most`)
  if (path.startsWith(join(controlFolder(), '/'))) {
    secureFolder(controlFolder())
    await runningServers()
  }
  if (!existsSync(dirname(path)))
    throw new EnvironmentError(`there is no folder ${dirname(path)} for the control socket`)
  if (!existsSync(path)) return path
  if (!lstatSync(path).isSocket()) throw new EnvironmentError(`${path} is there already, and no socket`)
  if (await isAnswered(path)) throw new EnvironmentError(`${path} is in use: another server listens there`)
  rmSync(path, { force: true })
  return path
}

function controlFolder(): string {
  const { XDG_RUNTIME_DIR: runtime } = process.env
  const folder =
    runtime !== undefined && existsSync(runtime)
      ? join(runtime, 'sipwright')
      : join(tmpdir(), `sipwright-${userInfo().uid}`)
  // Those who ask must not believe what a stranger put there, either.
  if (existsSync(folder)) refuseForeign(folder)
  return folder
}

/** In a folder for all, anybody may have been there before us. */
function secureFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new EnvironmentError(`cannot make ${folder}: ${error instanceof Error ? error.message : String(error)}`)
  }
  refuseForeign(folder)
  if ((lstatSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700)
}

function refuseForeign(folder: string): void {
  const found = lstatSync(folder)
  if (!found.isDirectory() || found.uid !== userInfo().uid) throw new EnvironmentError(`${folder} is not ours`)
}

/** Whether somebody listens. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise(done => {
    const socket = connect(path)
    socket.once('connect', () => done(true))
    // A socket that belongs to somebody else, or whose server has too much to do, is not stale.
    socket.once('error', error => done(!('code' in error && ['ECONNREFUSED', 'ENOENT'].includes(String(error.code)))))
    socket.once('connect', () => socket.destroy())
  })
}
