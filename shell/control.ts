/** The control socket of a server: who attaches to it gets a prompt, who has one word gets its answer. */

import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { PassThrough, Writable } from 'node:stream'
import { EnvironmentError, exitCodes, UsageError } from './command.js'
import { frame, frames, type Greeting, type Said, type Size, type Typed } from './control-frame.js'
import { claim } from './control-place.js'
import { display } from './display.js'
import { talk } from './repl.js'
import type { Server } from './server.js'
import { Refusal, type Session } from './word.js'
import { wordNamed } from './words.js'

export interface Control {
  readonly path: string
  /** Resolves when all who were there have been told what they waited for. */
  close(): Promise<void>
}

/** Octets that a terminal may leave unread: one that is stopped must not hold our memory. */
const UNREAD = 8 * 1024 * 1024
/** ms that those who wait for an answer get when the server ends. */
const FAREWELL = 1000

/** Only the user of this process can connect. Rejects with EnvironmentError when the place cannot be had. */
export async function openControl(server: Server, given: string): Promise<Control> {
  const path = await claim(given)
  const sockets = new Set<Socket>()
  const attached = new Set<Socket>()
  const listener = createServer(socket => {
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      attached.delete(socket)
    })
    // Whoever goes without a word is told nothing more.
    socket.on('error', () => socket.destroy())
    serve(server, socket, attached).catch(() => socket.destroy())
  })
  // Before it can be connected to nobody else must be able to.
  const mask = process.umask(0o177)
  listener.listen(path)
  process.umask(mask)
  try {
    await once(listener, 'listening')
  } catch (error) {
    throw new EnvironmentError(`no control socket: ${error instanceof Error ? error.message : String(error)}`)
  }
  return {
    path,
    close: () =>
      new Promise(resolve => {
        listener.close(() => resolve())
        for (const socket of attached) socket.end('\r\nthe server has ended\r\n')
        const late = (): void => {
          for (const socket of sockets) socket.destroy()
        }
        setTimeout(late, FAREWELL).unref()
      }),
  }
}

/** What is no greeting is no business of ours. */
async function serve(server: Server, socket: Socket, attached: Set<Socket>): Promise<void> {
  const lines = frames<Greeting | Typed>(socket)
  const { value: greeting } = await lines.next()
  if (greeting?.kind === 'attach') {
    attached.add(socket)
    return attach(server, socket, greeting, lines)
  }
  if (greeting?.kind === 'word') return word(server, socket, greeting)
  socket.destroy()
}

async function attach(
  server: Server,
  socket: Socket,
  { isTerminal, hasColors, columns, rows }: Extract<Greeting, { kind: 'attach' }>,
  lines: AsyncGenerator<Greeting | Typed>,
): Promise<void> {
  const input = new PassThrough()
  const output = Object.assign(
    new Writable({
      write(chunk: Buffer, _, done) {
        if (socket.writableLength > UNREAD) socket.destroy()
        else socket.write(chunk)
        done()
      },
    }),
    { columns, rows },
  )
  const resize = (size: Size): void => {
    Object.assign(output, { columns: size.columns, rows: size.rows })
    output.emit('resize')
  }
  const { repl, left } = talk(server, { input, output, isTerminal, hasColors })
  void left.then(() => socket.end())
  socket.once('close', () => {
    // It does not close while it waits for something.
    repl.emit('SIGINT')
    repl.close()
  })
  for await (const line of lines) {
    if (line.kind === 'typed' && input.writable) input.write(line.text)
    else if (line.kind === 'resized') resize(line)
    else if (line.kind === 'end') input.end()
  }
  repl.close()
}

async function word(
  server: Server,
  socket: Socket,
  { words: [name = '', ...args], asData, screen }: Extract<Greeting, { kind: 'word' }>,
): Promise<void> {
  const say = (said: Said): void => {
    if (socket.writableLength > UNREAD) socket.destroy()
    else socket.write(frame(said))
  }
  const session: Session = {
    server,
    tracing: server.tracing,
    screen: screen && { ...screen, write: text => say({ kind: 'drawn', text }) },
    print: text => say({ kind: 'said', text }),
    enough: () => new Promise(resolve => socket.once('close', resolve)),
  }
  try {
    const value: unknown = await wordNamed(name).run(args, session, asData)
    if (value instanceof Uint8Array) say({ kind: 'file', octets: Buffer.from(value).toString('base64') })
    else if (value !== undefined) say({ kind: 'said', text: asData ? JSON.stringify(value) : display(value, false) })
    say({ kind: 'done', code: exitCodes.ok, why: '' })
  } catch (error) {
    const code =
      error instanceof UsageError
        ? exitCodes.usage
        : error instanceof Refusal
          ? exitCodes.negative
          : exitCodes.environment
    say({ kind: 'done', code, why: error instanceof Error ? error.message : String(error) })
  }
  socket.end()
}
