/** A terminal of tmux, typed into and read as a person would. */
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

export class Terminal {
  readonly #socket: string

  /** Runs a command of the shell, in `folder`. */
  constructor(command: string, folder: string) {
    this.#socket = `sipwright-${process.pid}-${Math.random().toString(36).slice(2)}`
    this.#tmux('new-session', '-d', '-x', '150', '-y', '60', '-c', folder, `${command}; echo ended with $?; sleep 60`)
  }

  /** A line with Enter. */
  type(line: string): void {
    this.#tmux('send-keys', '-l', line)
    this.#tmux('send-keys', 'Enter')
  }

  /** `Tab`, `C-d`, `C-c`. */
  press(key: string): void {
    this.#tmux('send-keys', key)
  }

  /** What is to be seen. */
  get screen(): string {
    return this.#tmux('capture-pane', '-p')
  }

  /** Waits until it is to be seen; rejects with the screen after `patience` ms. */
  async shows(pattern: RegExp, patience = 20_000): Promise<string> {
    for (const until = Date.now() + patience; Date.now() < until; await sleep(100)) {
      const { screen } = this
      if (pattern.test(screen)) return screen
    }
    throw new Error(`${pattern} was not to be seen within ${patience} ms:\n${this.screen}`)
  }

  clear(): void {
    this.press('C-l')
  }

  close(): void {
    this.#tmux('kill-server')
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-L', this.#socket, '-f', '/dev/null', ...args], { encoding: 'utf8' })
  }
}
