/** What the process prints while somebody types goes above the line that is being typed. */

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

/** Until the shell ends. `isTyping` says whether a prompt is on the screen. */
export function printAbove(repl: REPLServer, screen: WriteStream, isTyping: () => boolean): void {
  const streams = [process.stdout, process.stderr]
  for (const stream of streams) {
    const { write } = stream
    Object.defineProperty(stream, 'write', {
      configurable: true,
      value: (...args: unknown[]): unknown => {
        if (!isTyping()) return Reflect.apply(write, stream, args)
        moveCursor(screen, 0, -repl.getCursorPos().rows)
        cursorTo(screen, 0)
        clearScreenDown(screen)
        const drained: unknown = Reflect.apply(write, stream, args)
        repl.displayPrompt(true)
        return drained
      },
    })
  }
  repl.once('exit', () => {
    for (const stream of streams) Reflect.deleteProperty(stream, 'write')
  })
}
