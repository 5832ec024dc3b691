/** Lines of a pipe for the shell, one at a time: a script must not run ahead of its answers. */

import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'

export interface PipedLines {
  readonly input: Readable
  /** To be called when the shell is ready for the next line. */
  ready(): void
}

export function pipedLines(source: NodeJS.ReadableStream): PipedLines {
  let ready = (): void => undefined
  async function* lines(): AsyncGenerator<string> {
    for await (const line of createInterface({ input: source })) {
      const answered = new Promise<void>(resolve => {
        ready = resolve
      })
      yield `${line}\n`
      await answered
    }
  }
  return { input: Readable.from(lines()), ready: () => ready() }
}
