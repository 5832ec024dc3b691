import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { sipwright } from './program.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))

const echo = `import { Hierarchy, StateHandlers } from 'sipwright/servlet'
const states = Hierarchy.empty.derive('state', 'init', 'propagated', 'bye-sent', 'baz')
export default StateHandlers.of({ initial: 'init', states })
  .request('init', 'invite', 1)
  .request('propagated', 'ack', 2)
  .response('bye-sent', 'success-response', 'bye', 3)
  .response('state', 'error-response', 'sip-request', 4)
`

describe('sipwright servlet check', () => {
  // Inside the package, so that it is found by its name.
  const folder = mkdtempSync(join(root, 'dist', 'servlet-'))
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }

  after(() => rmSync(folder, { recursive: true }))

  it('K-7 names the states of the call echo that lack handlers, and ends with 1', async () => {
    const { code, out } = await sipwright(['servlet', 'check', file('echo.mjs', echo)])
    expect(out).to.equal('States: init, propagated, bye-sent, baz\nHandlers are missing in: bye-sent, baz\n')
    expect(code).to.equal(1)
  })

  it('says it as data', async () => {
    const { out } = await sipwright(['servlet', 'check', file('echo.mjs', echo), '--json'])
    expect(JSON.parse(out)).to.deep.include({ incomplete: ['bye-sent', 'baz'], unmatched: [], unreachable: [] })
  })

  it('ends with 0 when nothing is missing', async () => {
    const whole = `${echo}  .request('state', 'sip-request', 5)\n`
    const { code, out } = await sipwright(['servlet', 'check', file('whole.mjs', whole)])
    expect(out).to.include('Nothing is missing.')
    expect(code).to.equal(0)
  })

  it('draws the states', async () => {
    const { code, out } = await sipwright(['servlet', 'check', file('echo.mjs', echo), '--graph', 'dot'])
    expect(out).to.include('"bye-sent" -> "state"')
    expect(code).to.equal(0)
  })

  it('says in one line what is wrong with a file, and ends with 2, or 3 when there is none', async () => {
    const empty = await sipwright(['servlet', 'check', file('empty.mjs', 'export default 1\n')])
    expect(empty.code).to.equal(2)
    expect(empty.err).to.match(/empty\.mjs exports no StateHandlers as its default.*\n$/)
    const missing = await sipwright(['servlet', 'check', join(folder, 'none.mjs')])
    expect(missing.code).to.equal(3)
    expect(missing.err).to.match(/^sipwright servlet: there is no .*none\.mjs\n$/)
  })

  it('K-4 says which handlers fit a message equally well, and ends with 1', async () => {
    const torn = await sipwright([
      'servlet',
      'check',
      file('torn.mjs', `${echo}  .request('state', 'ack', 5).request('init', 'sip-request', 6)\n`),
    ])
    expect(torn.err).to.include('neither is more specific')
    expect(torn.code).to.equal(1)
  })
})
