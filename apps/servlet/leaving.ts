/** An application out of service, that gets nothing new: it stops when the last of its sessions is over, or its time is. */

import type { ServletApplication } from './servlet-application.js'

export class Leaving {
  readonly application: ServletApplication
  /** It has stopped. */
  readonly gone: Promise<void>
  #hurry: () => void = () => undefined

  /** `grace` is the time that it has, in ms. */
  constructor(application: ServletApplication, grace: number) {
    this.application = application
    this.gone = this.#go(grace)
  }

  /** Its time is over. */
  end(): void {
    this.#hurry()
  }

  async #go(grace: number): Promise<void> {
    const { application } = this
    if (grace > 0 && application.size > 0) {
      const over = new Promise<void>(resolve => {
        this.#hurry = resolve
      })
      const timer = application.startTimer(grace, this.#hurry)
      await Promise.race([over, application.emptied()])
      application.stopTimer(timer)
    }
    await application.stop()
  }
}
