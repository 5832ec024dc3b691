/** What is printed while somebody types goes above the line that is being typed. */

import { clearScreenDown, cursorTo, moveCursor } from 'node:readline'
import type { REPLServer } from 'node:repl'
import { WriteStream } from 'node:tty'

/** The terminal for the shell alone: what is written here is not taken for what the process prints. */
export function terminal(): WriteStream {
  const screen = new WriteStream(1)
  process.stdout.on('resize', () => {
    screen.columns = process.stdout.columns
    screen.rows = process.stdout.rows
    screen.emit('resize')
  })
  return screen
}

/** A way to print on the `screen` of a prompt. `isTyping` says whether that prompt is to be seen just now. */
export function aboveLine(
  repl: REPLServer,
  screen: NodeJS.WritableStream,
  isTyping: () => boolean,
): (print: () => unknown) => unknown {
  return print => {
    if (!isTyping()) return print()
    moveCursor(screen, 0, -repl.getCursorPos().rows)
    cursorTo(screen, 0)
    clearScreenDown(screen)
    const printed = print()
    repl.displayPrompt(true)
    return printed
  }
}

/** Until the shell ends, what the process prints is printed by way of `above`. */
export function printAbove(repl: REPLServer, above: (print: () => unknown) => unknown): void {
  const streams = [process.stdout, process.stderr]
  for (const stream of streams) {
    const { write } = stream
    Object.defineProperty(stream, 'write', {
      configurable: true,
      value: (...args: unknown[]): unknown => above(() => Reflect.apply(write, stream, args)),
    })
  }
  repl.once('exit', () => {
    for (const stream of streams) Reflect.deleteProperty(stream, 'write')
  })
}
