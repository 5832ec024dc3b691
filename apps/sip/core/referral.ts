/** A referral in the hands of an application: RFC 3515. */

import { Happenings } from './happenings.js'
import type { ReferralOutcome, ReferralUser } from './referrer.js'
import type { Progress } from './sipfrag.js'

/** Somebody whom we have referred to somebody else. */
export class Referral {
  /** Each status that we are told, until the outcome. For one reader; of more than 100 unread the first are lost. */
  readonly progress: AsyncIterable<Progress>
  /** Settles once and never rejects. */
  readonly outcome: Promise<ReferralOutcome>

  constructor(start: (user: ReferralUser) => void) {
    const progress = new Happenings<Progress>()
    this.progress = progress
    this.outcome = new Promise(settle => {
      start({
        report: told => progress.push(told),
        settle: outcome => {
          settle(outcome)
          progress.end()
        },
      })
    })
  }
}
