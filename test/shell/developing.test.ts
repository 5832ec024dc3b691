import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { sipwright } from './program.js'

describe('the shell, for those who change code', function () {
  this.timeout(60_000)
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sipwright-')))
  const file = join(folder, 'app.mjs')

  after(() => rmSync(folder, { recursive: true }))

  function app(status: number): string {
    return `export default { name: 'app', match: () => true, MESSAGE: message => message.reply(${status}) }`
  }

  async function session(lines: readonly string[], ...args: readonly string[]): Promise<readonly string[]> {
    const { code, out, err } = await sipwright(['shell', ...args], `${lines.join('\n')}\n`)
    expect({ code, err }, out).to.deep.equal({ code: 0, err: '' })
    return out.trimEnd().split('\n').slice(1)
  }

  for (const threads of ['0', '1']) {
    it(`lm puts a modified application into service, and a broken one not, with ${threads} threads`, async () => {
      writeFileSync(file, app(202))
      const ask = `(await stack.request('MESSAGE', 'sip:' + stack.listening[0].slice(4))).response.status`
      const write = (text: string): string =>
        `require('node:fs').writeFileSync(${JSON.stringify(file)}, ${JSON.stringify(text)})`
      const out = await session(
        [ask, 'mm', 'lm', write(app(299)), 'mm', ask, 'lm', ask, write('oh no'), 'lm', ask, write(app(203)), 'lm', ask],
        ...['--apps', file, '--threads', threads],
      )
      expect(out.join('\n')).to.match(
        new RegExp(
          `^202\n {2}none\nno application was modified\n {2}Module +Remedy\n {2}${file} +lm\n\n {2}1 in all\n202\nloaded ${file}\n299\n` +
            `cannot serve ${file}: .*\n299\nloaded ${file}\n203$`,
        ),
      )
    })
  }

  for (const threads of ['0', '2']) {
    it(`lm loads an application anew when a module that it imports was modified, with ${threads} threads`, async () => {
      const write = (path: string, text: string): string => {
        const file = JSON.stringify(join(folder, path))
        return `require('node:fs').mkdirSync(require('node:path').dirname(${file}), { recursive: true }); require('node:fs').writeFileSync(${file}, ${JSON.stringify(text)})`
      }
      const status = (value: number): string => `export const status = ${value}`
      const files = {
        'node_modules/packed/index.mjs': 'export const kept = { loads: 0 }',
        'lib/deep/status.mjs': status(201),
        'lib/helper.mjs': "export { status } from './deep/status.mjs'",
        'entry.mjs': `import { kept } from 'packed'\nimport { status } from './lib/helper.mjs'\nkept.loads++\nexport default { name: 'app', match: () => true, MESSAGE: message => setTimeout(() => message.reply(status, { reason: 'Loaded ' + kept.loads }), message.request.uri.user === 'late' ? 500 : 0) }`,
      }
      mkdirSync(join(folder, 'lib/deep'), { recursive: true })
      mkdirSync(join(folder, 'node_modules/packed'), { recursive: true })
      for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text)
      writeFileSync(join(folder, 'node_modules/packed/package.json'), '{"name":"packed","exports":"./index.mjs"}')
      // From outside: what a stack asks itself is answered by the thread that asks.
      const other = "const other = await stack.constructor.start({ listen: ['udp:127.0.0.1:0'], log: () => 0 })"
      const ask = (user: string): string => `other.request('MESSAGE', 'sip:${user}@' + stack.listening[0].slice(4))`
      const told = (asked: string): string => `(await ${asked}).response.status`
      const all = `[...new Set((await Promise.all([...Array(8)].map(() => ${ask('bob')}))).map(({ response }) => response.status))].join()`
      const out = await session(
        [
          ...[
            other,
            all,
            'mm',
            `const late = ${ask('late')}; 0`,
            write('lib/deep/status.mjs', status(202)),
            'mm',
            'lm',
            all,
            told('late'),
          ],
          ...[
            write('lib/deep/status.mjs', 'oh no'),
            'lm',
            all,
            write('lib/deep/status.mjs', status(203)),
            'lm',
            all,
            'mm',
          ],
          `(await ${ask('bob')}).response.reason`,
          'await other.close()',
        ],
        ...['--apps', join(folder, 'entry.mjs'), '--threads', threads],
      )
      expect(out.join('\n')).to.match(
        new RegExp(
          `^201\n {2}none\n0\n {2}Module +Remedy\n {2}${folder}/lib/deep/status.mjs +lm\n\n {2}1 in all\n` +
            `loaded \\S+entry.mjs\n202\n201\ncannot serve .*\n202\nloaded .*\n203\n {2}none\nLoaded 3$`,
        ),
      )
    })
  }

  it('lm leaves what is in service where the new one cannot be loaded on every thread', async () => {
    writeFileSync(file, app(202))
    const broken = `import { isMainThread } from 'node:worker_threads'\nif (!isMainThread) throw new Error('not here')\n${app(299)}`
    const ask = (name: string): string =>
      `[...Array(8)].map(() => stack.request('MESSAGE', 'sip:${name}@' + stack.listening[0].slice(4)))`
    const all = `new Set((await Promise.all(${ask('bob')})).map(({ response }) => response.status)).size + ' ' + (await ${ask('bob')}[0]).response.status`
    const write = `require('node:fs').writeFileSync(${JSON.stringify(file)}, ${JSON.stringify(broken)})`
    const out = await session([write, 'lm', all], '--apps', file, '--threads', '2')
    expect(out.join('\n')).to.match(/^cannot serve .*not here.*\n1 202$/)
  })

  it('ctl and ctf run the tests of a module; ctctl and ctctf ask what scenarios have reached', async () => {
    const out = await session([
      'ctl key',
      'ctf transaction/key',
      'ctctl transaction/key',
      'ct specs/syntax.spec.json',
      'ctctl transaction/key',
      'ctctf syntax/tel-uri',
      'ctl no-such-module',
      'ctl session',
      'ctl',
    ])
    const text = out.join('\n')
    expect(text).to.match(
      /^apps\/sip\/transaction\/key\.ts by dist\/test\/sip\/transaction\/key\.test\.js: \d+ passing\n/,
    )
    expect(text).to.match(
      /\nno scenario has reached it: run some with ct, .*\n\d+ passed, 0 failed: .*\n {2}Line {2}Text\n/,
    )
    expect(text).to.match(/\nthere is no module no-such-module.*\n/)
    expect(text).to.match(/\nMODULE is missing$/)
  })

  it('where tells section, files and tests', async () => {
    const text = (await session(["where('Timer G')", 'where Timer G --most 2', 'where no such thing', 'where'])).join(
      '\n',
    )
    expect(text).to.match(/^ {2}Section +Place +Text\n/)
    expect(text).to.match(/\n {2}§17\.2\.1 +apps\/sip\/transaction\/invite-server\.ts:\d+ .*Timer G/)
    expect(text).to.match(/\n {2}§17\.2\.1 +apps\/sip\/transaction\/timers\.ts:\d+ +G: \{\n/)
    expect(text).to.match(/\n {2}§17\.2\.1 +test\/sip\/transaction\/invite-server\.test\.ts:\d+ .*Timer G/)
    expect(text).to.match(/\n {2}2 in all\nnothing speaks of no such thing\nwhere is what\? where 'Timer G'$/)
  })

  it('cc says whether a module compiles', async () => {
    expect(await session(['cc transaction/key'])).to.deep.equal(['apps/sip/transaction/key.ts compiles'])
  })
})
