/** A kernel in virtual time for one test, which ends by showing that nothing is left of it. */

import { expect } from 'chai'
import {
  type ActorRef,
  type CrashReport,
  type ExitReason,
  Kernel,
  type Message,
  type Receive,
  type Self,
  type SpawnOptions,
  showReason,
  VirtualClock,
} from '../../apps/actor/actor.js'

/** A message that is only a word. */
export type Word = { readonly kind: 'word'; readonly text: string }

export function word(text: string): Word {
  return { kind: 'word', text }
}

/** The word for an end. */
export function obituary(reason: ExitReason): Word {
  return word(showReason(reason))
}

export class Stage {
  readonly clock: VirtualClock = new VirtualClock()
  readonly crashes: CrashReport[] = []
  readonly kernel: Kernel = new Kernel({ clock: this.clock, crashed: report => this.crashes.push(report) })
  /** What has happened. */
  readonly log: string[] = []

  spawn<M extends Message>(init: (self: Self<M>) => Receive<M>, options?: SpawnOptions<M>): ActorRef<M> {
    return this.kernel.spawn<M>({ label: 'test', init: (_, self) => init(self) }, undefined, options)
  }

  /** An actor that logs the words it gets, after `setup`. */
  listener(setup: (self: Self<Word>) => void = () => undefined, options?: SpawnOptions<Word>): ActorRef<Word> {
    return this.spawn<Word>(self => {
      setup(self)
      return ({ text }) => void this.log.push(text)
    }, options)
  }

  /** Orders an end and lets it happen. */
  end(ref: ActorRef<never>, reason: ExitReason = { kind: 'shutdown' }): void {
    this.kernel.exit(ref, reason)
    this.clock.settle()
  }

  settle(): void {
    this.clock.settle()
  }

  /** Ends what still lives; then every table has to be empty. */
  close(): void {
    this.kernel.close()
    this.clock.settle()
    expect(Object.values(this.kernel.census()), 'the census').to.deep.equal([0, 0, 0, 0, 0, 0, 0])
    expect(this.clock.pending, 'timers').to.equal(0)
  }
}
