/** The public face of the scenario engine: call flows that are written once and run in virtual time or on real sockets. */

import type { Scenario } from './run.js'

export { type Conditions, type ProfileName, profiles, type Subject } from './conditions.js'
export type { Lines, SendOptions } from './conversation.js'
export {
  again,
  type Expectation,
  type Expected,
  either,
  type HeaderPattern,
  type MessagePattern,
  maybe,
  octets,
  request,
  response,
} from './expectation.js'
export { junit } from './junit.js'
export { dot, type Edge, type MachineGraph, mermaid, transactionGraphs } from './machine-graph.js'
export type { OutsideOptions, Peer, RawPeer } from './raw-peer.js'
export type { TransportName } from './raw-transport.js'
export { recordedScenario } from './recorded.js'
export { type Only, type RunOptions, runScenario, type Scenario, type ScenarioResult } from './run.js'
export type { Mode, Target } from './setting.js'
export type { SimulatedNetwork } from './simulated-network.js'
export { readColumns } from './sipp/columns.js'
export { sippScenarios } from './sipp/scenarios.js'
export { parseProfile, parseSpecFile, parseTransports, type SpecFile, scenariosOf } from './spec-file.js'
export type { StackPeer, StackPeerOptions } from './stack-peer.js'
export type { RawPeerOptions, Stage } from './stage.js'

/** A scenario. `title` says what it shows, with the sections and the clause ids that it covers. */
export function scenario(title: string, body: Scenario['body'], only?: Scenario['only']): Scenario {
  return only === undefined ? { title, body } : { title, body, only }
}
