/** A terminal of tmux, typed into and read as a person would. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endGroup } from './program.js'

export class Terminal {
  readonly #socket: string

  /** Runs a command of the shell, in `folder`. */
  constructor(command: string, folder: string) {
    this.#socket = join(folder, `tmux-${Math.random().toString(36).slice(2)}`)
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

  /** Waits, for a minute at most, until it is to be seen; rejects with the screen if it is not. */
  async shows(pattern: RegExp): Promise<string> {
    for (let tries = 0; tries < 600; tries++) {
      const { screen } = this
      if (pattern.test(screen)) return screen
      await sleep(100)
    }
    throw new Error(`${pattern} was not to be seen:\n${this.screen}`)
  }

  clear(): void {
    this.press('C-l')
  }

  /** Ends what runs in it, too. */
  async close(): Promise<void> {
    const leader = Number(this.#tmux('list-panes', '-F', '#{pane_pid}'))
    this.#tmux('kill-server')
    await endGroup(leader)
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, '-f', '/dev/null', ...args], { encoding: 'utf8' })
  }
}
