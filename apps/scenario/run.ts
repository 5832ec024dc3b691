/** Runs one scenario and says how it went. */

import { ListenError } from '../sip/sip.js'
import { summary } from '../sip/trace/summary.js'
import { type Conditions, type ProfileName, profiles } from './conditions.js'
import { type FailureParts, ScenarioFailure } from './failure.js'
import { ladder } from './ladder.js'
import { loopbackSetting } from './loopback-setting.js'
import type { TransportName } from './raw-transport.js'
import type { Mode, Setting, Target } from './setting.js'
import { Stage } from './stage.js'
import { virtualSetting } from './virtual-setting.js'

export interface Scenario {
  /** What it shows, with sections and clause ids. */
  readonly title: string
  readonly body: (stage: Stage) => Promise<void>
  readonly only?: Only
}

/** Where a scenario makes sense: in every mode and over every transport unless given. */
export interface Only {
  readonly mode?: Mode
  readonly transport?: TransportName
  /** The networks that it stands: a clean one only unless given. */
  readonly profiles?: readonly ProfileName[]
  /** An element that is not ours may take the place of its one stack peer, which does that. */
  readonly external?: 'caller' | 'callee'
}

export interface RunOptions {
  readonly transport?: TransportName
  readonly mode?: Mode
  /** Only in virtual time: what the network is like; clean unless given. */
  readonly profile?: ProfileName
  /** Instead of those of the profile. */
  readonly conditions?: Conditions
  readonly seed?: number
  /** Only on real sockets: an element that is not ours takes the place of the stack peer. */
  readonly target?: Target
}

export interface ScenarioResult {
  readonly title: string
  readonly transport: TransportName
  readonly mode: Mode
  readonly profile: ProfileName
  readonly seed: number
  readonly passed: boolean
  /** What went wrong, what was expected, what came nearest, and the ladder; undefined when it passed. */
  readonly failure: string | undefined
  readonly ladder: string
  /** All messages, octet by octet: in virtual time the same for the same seed. */
  readonly trace: string
  /** ms that it took in its own time. */
  readonly duration: number
}

/** Whatever the scenario throws is its failure. Rejects only with ListenError, when this machine has no socket to give. */
export async function runScenario(scenario: Scenario, options: RunOptions = {}): Promise<ScenarioResult> {
  const { transport = 'udp', mode = 'virtual', profile = 'clean', seed = 1 } = options
  const conditions = options.conditions ?? profiles[profile]
  const setting =
    mode === 'virtual' ? virtualSetting(transport, conditions, seed) : loopbackSetting(transport, seed, options.target)
  const stage = new Stage(setting, transport)
  const failure = await failureOf(play(scenario, setting, stage)).finally(() => stage.close())
  const names = [...stage.rawPeers, ...stage.stackPeers].map(({ name }) => name)
  const drawn = ladder(setting.trace, names, failure)
  return {
    ...{ title: scenario.title, transport, mode, profile, seed },
    passed: failure === undefined,
    failure: failure && report(failure, drawn),
    ladder: drawn,
    trace: String(setting.trace),
    duration: setting.trace.now,
  }
}

/** The body, then whatever goes on after it, until all is over: nothing unexpected may come, and nothing may be left. */
async function play(scenario: Scenario, setting: Setting, stage: Stage): Promise<void> {
  await setting.drive(scenario.body(stage))
  await setting.exhaust()
  for (const peer of stage.rawPeers) peer.checkEmpty()
  for (const peer of stage.stackPeers) peer.checkLog()
  for (const peer of stage.stackPeers) await setting.drive(peer.checkCensus(setting.remains))
}

async function failureOf(played: Promise<void>): Promise<FailureParts | undefined> {
  try {
    await played
    return undefined
  } catch (thrown) {
    if (thrown instanceof ScenarioFailure) return thrown.parts
    if (thrown instanceof ListenError) throw thrown
    const what = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    return { peer: 'the scenario', what, expected: [] }
  }
}

function report({ peer, what, expected, nearest }: FailureParts, drawn: string): string {
  const lines = [`${peer}: ${what}`]
  if (expected.length > 0) lines.push(`  expected: ${expected.join(' and ')}`)
  if (nearest !== undefined) {
    lines.push(`  nearest:  ${summary(nearest.text)}`, ...nearest.why.map(why => `    but: ${why}`))
  }
  return [...lines, '', drawn, ...(nearest === undefined ? [] : ['', quoted(nearest.text)])].join('\n')
}

function quoted(text: string): string {
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map(line => `  | ${line}`)
    .join('\n')
}
