/** Scenarios as mocha tests: what fails is thrown with its ladder. */

import {
  type RunOptions,
  runScenario,
  type ScenarioResult,
  type Stage,
  scenario,
} from '../../apps/scenario/scenario.js'

export async function passing(
  body: (stage: Stage) => Promise<void>,
  options: RunOptions = {},
): Promise<ScenarioResult> {
  const result = await runScenario(scenario('a test', body), options)
  if (result.failure !== undefined) throw new Error(result.failure)
  return result
}

/** A test over UDP and one over TCP; the title says which. */
export function overBoth(title: string, body: (stage: Stage, udp: boolean) => Promise<void>): void {
  for (const transport of ['udp', 'tcp'] as const) {
    it(`${transport}: ${title}`, () => passing(stage => body(stage, transport === 'udp'), { transport }))
  }
}
