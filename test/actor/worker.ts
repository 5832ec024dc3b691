/** The module that the thread tests run on every node: actors that answer, crash, wedge and end their thread in every way. */

import { threadId } from 'node:worker_threads'
import type { ActorRef, AnyRef, Behavior, Names, NodeContext, Plain } from '../../apps/actor/actor.js'

export type Ending = 'throw' | 'reject' | 'exit' | 'heap' | 'spin' | 'crash' | 'bye'

export type Puppet =
  | { readonly kind: 'echo'; readonly text: string; readonly replyTo: ActorRef<string> }
  | { readonly kind: 'count'; readonly replyTo: ActorRef<number> }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'end'; readonly how: Ending }
  | { readonly kind: 'silent'; readonly replyTo: ActorRef<string> }
  | { readonly kind: 'watch'; readonly target: AnyRef; readonly tell: ActorRef<Fact> }
  | { readonly kind: 'link'; readonly target: AnyRef }
  | { readonly kind: 'relay'; readonly to: ActorRef<Fact>; readonly count: number }
  | { readonly kind: 'others'; readonly replyTo: ActorRef<readonly number[]> }
  | { readonly kind: 'thread'; readonly replyTo: ActorRef<number> }
  /** Says bye when it ends. */
  | { readonly kind: 'will'; readonly tell: ActorRef<Fact> }
  /** Does not end when told to. */
  | { readonly kind: 'stay' }
  | { readonly kind: 'function'; readonly to: ActorRef<Fact> }
  | { readonly kind: 'ended'; readonly tell: ActorRef<Fact>; readonly why: string }

export type Fact = { readonly kind: 'fact'; readonly text: string; readonly at: number }

const puppet: Behavior<Puppet, NodeContext> = {
  label: 'puppet',
  init(context, self) {
    let notes = 0
    return message => {
      switch (message.kind) {
        case 'echo':
          return self.send(message.replyTo, message.text)
        case 'count':
          return self.send(message.replyTo, notes)
        case 'note':
          notes++
          return
        case 'silent':
          return
        case 'end':
          return end(message.how, reason => self.stop(reason))
        case 'watch':
          self.monitor(message.target, reason => ({ kind: 'ended', tell: message.tell, why: reason.kind }))
          return
        case 'link':
          return self.link(message.target)
        case 'relay':
          for (let at = 0; at < message.count; at++) self.send(message.to, { kind: 'fact', text: 'relayed', at })
          return
        case 'others':
          return self.send(message.replyTo, [...context.nodes.keys()].sort())
        case 'thread':
          return self.send(message.replyTo, threadId)
        case 'will':
          return self.defer(() => self.send(message.tell, { kind: 'fact', text: 'bye', at: 0 }))
        case 'stay':
          return self.trapExit(() => ({ kind: 'note', text: 'no' }))
        case 'function':
          self.send(message.to as ActorRef<unknown>, () => undefined)
          return self.send(message.to, { kind: 'fact', text: 'after', at: 0 })
        case 'ended':
          return self.send(message.tell, { kind: 'fact', text: message.why, at: 0 })
      }
    }
  },
}

function end(how: Ending, stop: (reason: { kind: 'normal' }) => void): void {
  switch (how) {
    case 'throw':
      setImmediate(() => {
        throw new Error('stray')
      })
      return
    case 'reject':
      void Promise.reject(new Error('unhandled'))
      return
    case 'exit':
      process.exit(7)
      return
    case 'heap': {
      const kept: number[][] = []
      for (;;) kept.push(new Array<number>(1e6).fill(kept.length))
    }
    case 'spin':
      for (;;) Math.sqrt(2)
    case 'crash':
      throw new Error('let it crash')
    case 'bye':
      return stop({ kind: 'normal' })
  }
}

export async function start(context: NodeContext): Promise<Names> {
  const how: Plain = context.arg
  if (how === 'throw') throw new Error('no config')
  if (how === 'hang') await new Promise<void>(() => undefined)
  if (how === 'once' && context.kernel.incarnation > 2) throw new Error('only once')
  return { puppet: context.kernel.spawn(puppet, context), second: context.kernel.spawn(puppet, context) }
}
