/** Why a scenario failed, with what is needed to show where. */

/** What was expected and what came instead. */
export interface FailureParts {
  readonly peer: string
  /** One sentence: what went wrong. */
  readonly what: string
  /** What the peer was waiting for. */
  readonly expected: readonly string[]
  /** The message that came nearest to it, and why it was not it. */
  readonly nearest?: { readonly text: string; readonly why: readonly string[] }
  /** The text of the message whose arrow is to be marked; without one something is missing at the end. */
  readonly culprit?: string
}

export class ScenarioFailure extends Error {
  override readonly name = 'ScenarioFailure'
  readonly parts: FailureParts

  constructor(parts: FailureParts) {
    super(`${parts.peer}: ${parts.what}`)
    this.parts = parts
  }
}
