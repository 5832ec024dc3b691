/** The public face of the kernel: typed actors, supervision, timers, threads. */

export type { Behavior, ChildOptions, Receive, Self, SpawnOptions } from './behavior.js'
export type { ActorInfo } from './cell.js'
export type { Census } from './census.js'
export { type Clock, type Due, SystemClock, type TimerHandle } from './clock.js'
export { Cluster, type ClusterOptions, type NodeUp } from './cluster.js'
export { drained } from './drain.js'
export {
  announced,
  type ExitReason,
  errorReason,
  isQuiet,
  killed,
  nodedown,
  noproc,
  normal,
  showReason,
  shutdown,
} from './exit.js'
export { type CrashReport, Kernel, type KernelOptions } from './kernel.js'
export { type Machine, never, type Step } from './machine.js'
export type { Answer, AskResult, Message, Question } from './message.js'
export type { NodeContext, NodeModule } from './node.js'
export { type ActorRef, type AnyRef, incarnationOf, nobody, showRef } from './ref.js'
export { type Name, nameOf, type Property, propertyOf } from './registry.js'
export {
  type ChildSpec,
  type ChildState,
  type Started,
  type SupervisorMsg,
  type SupervisorSpec,
  supervisor,
} from './supervisor.js'
export { hashOf, Table } from './table.js'
export { TextTable } from './text-table.js'
export { tree } from './tree.js'
export { VirtualClock } from './virtual-clock.js'
export { type Names, named, type Plain } from './wire.js'
