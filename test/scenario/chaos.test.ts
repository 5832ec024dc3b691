import { expect } from 'chai'
import { junit, type ProfileName, runScenario, type Scenario, scenario } from '../../apps/scenario/scenario.js'
import calls from '../../specs/chaos/call.js'
import endings from '../../specs/chaos/endings.js'

async function run(each: Scenario, seed: number, profile: ProfileName): Promise<string> {
  const { failure, trace } = await runScenario(each, { seed, profile })
  if (failure !== undefined) throw new Error(`seed ${seed}: ${failure}`)
  return trace
}

describe('a network that loses a third, doubles and reorders', () => {
  it('FLW-37 leaves no call without an end, and no table with an entry: 150 seeds', async function () {
    this.timeout(60_000)
    for (const each of calls) for (let seed = 1; seed <= 150; seed++) await run(each, seed, 'chaos')
    for (const each of endings) for (let seed = 1; seed <= 20; seed++) await run(each, seed, 'chaos')
  })

  it('does the same for the same seed, octet by octet, and something else for another', async () => {
    const traces = new Set<string>()
    for (const each of calls) {
      for (let seed = 1; seed <= 10; seed++) {
        const trace = await run(each, seed, 'chaos')
        expect(await run(each, seed, 'chaos')).to.equal(trace)
        traces.add(trace)
      }
    }
    expect(traces.size).to.equal(10)
  })
})

describe('results as JUnit XML', () => {
  it('hold each run, and why it failed', async () => {
    const good = await runScenario(scenario('good <&"', () => Promise.resolve()))
    const bad = await runScenario(
      scenario('bad', () => Promise.reject(new Error('a & b\0'))),
      { profile: 'lossy' },
    )
    const text = junit([good, bad])
    expect(text).to.contain('<testsuite name="sipwright" tests="2" failures="1"')
    expect(text).to.contain('name="good &lt;&amp;&quot; (udp, virtual, clean, seed 1)" time="0.000"/>')
    expect(text).to.match(
      /name="bad \(udp, virtual, lossy, seed 1\)" time="0\.000">\n {4}<failure message="[^"]*a &amp; b\?/,
    )
  })
})
