import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { expectWords, milliseconds, readArguments, UsageError, wholeNumber } from '../../shell/command.js'
import { commandNames } from '../../shell/command-names.js'
import { didYouMean } from '../../shell/did-you-mean.js'
import { script, sipwright } from './program.js'

/** Standard error is one line, and says this. */
async function refused(args: readonly string[], ...says: readonly string[]): Promise<void> {
  const { code, out, err } = await sipwright(args)
  expect(err.split('\n').length, err).to.equal(2)
  for (const text of says) expect(err).to.include(text)
  expect(out).to.equal('')
  expect(code).to.equal(2)
}

describe('the command line', () => {
  it('lists all commands, each with what it does', async () => {
    const { code, out } = await sipwright(['--help'])
    expect(code).to.equal(0)
    for (const name of commandNames) {
      expect(out).to.match(new RegExp(`^  ${name} +\\S`, 'm'))
    }
  })

  it('explains each command and each of its options', async () => {
    const ends = await Promise.all(commandNames.map(name => sipwright([name, 'whatever', '--help'])))
    for (const [at, { code, out }] of ends.entries()) {
      expect(code).to.equal(0)
      expect(out).to.include(`Usage: sipwright ${commandNames[at]}`)
      for (const [option] of out.split('\n')[0]?.matchAll(/--[\w-]+/g) ?? []) {
        if (commandNames[at] !== 'shell') expect(out.split('\n').slice(1).join('\n')).to.include(option)
      }
    }
  }).timeout(120_000)

  it('says in which file and line a specification is no JavaScript, or throws', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sipwright-'))
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    try {
      file('part.mjs', 'export const one = 1\n\nexport const two = [\n')
      await refused(['spec', file('bad.mjs', 'export default [\n  {{\n]\n')], 'bad.mjs:2: Unexpected token')
      await refused(
        ['spec', file('of.mjs', "import { one } from './part.mjs'\nexport default [one]\n")],
        'part.mjs:4: ',
      )
      await refused(['spec', file('throws.mjs', "\n\nthrow new Error('not today')\n")], 'throws.mjs:3: not today')
      await refused(['servlet', 'check', file('bad.mjs', '\n\n  {{\n')], 'bad.mjs:4 cannot be loaded: Unexpected end')
      const lists = await sipwright(['servlet', 'deploy-check', file('no.app', 'text')])
      expect(lists.err).to.match(/^sipwright servlet: ENOTDIR[^\n]+no\.app'\n$/)
      const empty = await sipwright(['servlet', 'deploy-check', mkdtempSync(join(folder, 'empty-'))])
      expect(empty.err).to.match(/^sipwright servlet: empty-[^\n]+\n$/)
      expect([lists.code, empty.code]).to.deep.equal([3, 1])
      await refused(['spec', file('x.spec.json', '{\n  "scenarios": [\n    x\n  ]\n}\n')], 'x.spec.json: ')
      const { code, err } = await sipwright(['spec', file('ours.ts', 'export default []\n')])
      expect(err).to.include('ours.ts is TypeScript that nobody has compiled')
      expect(code).to.equal(3)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }).timeout(60_000)

  it('ends quietly when nobody reads on, as behind head', async () => {
    const child = spawn(process.execPath, [script, 'spec', 'specs/transaction.spec.json'], { stdio: 'pipe' })
    let err = ''
    child.stderr.on('data', text => {
      err += String(text)
    })
    child.stdout.destroy()
    const [code] = await once(child, 'close')
    expect({ code, err }).to.deep.equal({ code: 3, err: '' })
  }).timeout(60_000)

  it('says its version', async () => {
    expect((await sipwright(['--version'])).out).to.match(/^\d+\.\d+\.\d+\n$/)
  })

  it('ends with 3 and one line for a file that is missing, or cannot be written', async () => {
    for (const args of [
      ['spec', '/no/such/x.spec.json'],
      ['spec', '/no/such/x.js'],
      ['spec', '--sipp', '/no/such/x.xml'],
      ['servlet', 'check', '/no/such/x.js'],
      ['serve', '--apps', './no/such/x.js'],
      ['servlet', 'deploy-check', '/no/such/folder'],
      ['serve', '--listen', 'udp:127.0.0.1:0', '--control', '/no/such/x.sock'],
      ['call', 'sip:127.0.0.1:9', '--pcap', '/no/such/x.pcap'],
      ['spec', 'specs/transaction.spec.json', '--junit', '/no/such/x.xml'],
    ]) {
      const { code, out, err } = await sipwright(args)
      expect(err).to.match(/^sipwright \w+: (there is no|cannot read|cannot write)( folder)? \S*no\/such[^\n]+\n$/)
      expect({ code, out }).to.deep.equal({ code: 3, out: '' })
    }
  }).timeout(60_000)

  it('ends with 2 and one line for what makes no sense', () =>
    Promise.all([
      refused([], 'sipwright --help'),
      refused(['pnig'], 'unknown command pnig', 'did you mean ping?'),
      refused(['help', 'constructor'], 'unknown command constructor'),
      refused(['__proto__'], 'unknown command __proto__'),
      refused(['ping'], 'URI is missing'),
      refused(['ping', 'sip:127.0.0.1', '--cuont', '3'], 'unknown option --cuont', 'did you mean --count?'),
      refused(['ping', 'bob@example.com'], '"bob@example.com" is no SIP URI', 'sip:USER@HOST:PORT'),
      refused(['call', 'sip:127.0.0.1', '--hold-for'], '--hold-for'),
      refused(['call', 'sip:127.0.0.1', '--hold-for', 'ever'], '--hold-for must be a whole number', '"ever"'),
      refused(['message', 'sip:127.0.0.1', 'hello', 'Bob'], '"Bob" is one word too many'),
      refused(['ping', 'sip:127.0.0.1', '--auth', 'bob'], '--auth takes USER:PASSWORD', 'SIPWRIGHT_PASSWORD'),
      refused(['ping', 'sip:127.0.0.1', '--warning', '1s'], 'go with --nagios'),
      refused(['ping', 'sip:127.0.0.1', '--transport', 'sctp'], '--transport is udp, tcp, tls, ws or wss', '"sctp"'),
      refused(['options', 'sip:127.0.0.1', '--from', 'bob'], '"bob" is no SIP URI'),
      refused(['register', 'sip:127.0.0.1'], '"sip:127.0.0.1" names nobody', 'sip:USER@HOST'),
      refused(['register', 'sip:a@127.0.0.1', '--list', '--once'], 'choose one'),
      refused(['serve', '--apps', 'bussy'], 'no application bussy', 'did you mean busy?'),
      refused(['serve', '--apps', './package.json', '--listen', 'udp:127.0.0.1:0'], 'cannot serve ./package.json'),
      refused(['serve', '--listen', '5060'], '"5060" is no place to listen', 'TRANSPORT:ADDRESS:PORT'),
      refused(['serve', '--listen', 'tls:127.0.0.1:0'], '"tls:127.0.0.1:0" needs a certificate', 'SipStack.start'),
      refused(['torture', 'sip:127.0.0.1', '--only', 'nonsense'], 'no title has "nonsense" in it'),
      refused(['load', 'sip:127.0.0.1', '--ramp', '1s'], '--ramp goes with --rate'),
      refused(['call', 'sip:127.0.0.1', '--hold-for', '-1'], "'--hold-for' argument is ambiguous; see"),
      refused(['serve', '--threads', '65'], '--threads'),
      refused(['serve', '--hep', 'homer'], '--hep takes HOST:PORT'),
      refused(['serve', '--hep', '192.0.2.1:0', '--listen', 'udp:127.0.0.1:0'], 'is no capture server'),
      refused(['spec'], 'FILES'),
      refused(['servlet', 'chekc'], 'there are check and deploy-check, not chekc'),
      refused(['serve', '--apps', './specs'], './specs is a folder: name a module in it'),
      refused(['serve', '--listen', 'udp:127.0.0.1:0', '--control', ''], '--control takes a path, or off'),
      refused(['ping', 'sip:127.0.0.1:0'], '"sip:127.0.0.1:0" is no SIP URI'),
      refused(['resolve', 'sip:127.0.0.1', '--timeout', 'x'], '--timeout must be'),
      // Though no server is there that could say so.
      refused(['calls', '--bogus', '--control', '/no/such/x.sock'], 'unknown option --bogus'),
      refused(['show', 'timers', '--mots=3', '--control', '/no/such/x.sock'], '--mots (did you mean --most?)'),
    ]).then(() => undefined)).timeout(120_000)
})

describe('the arguments of a command', () => {
  const options = { count: { type: 'string' }, json: { type: 'boolean' } } as const

  it('are options and words in any order', () => {
    const { values, positionals } = readArguments(['--json', 'a', '--count=3', '--', '--b'], options)
    expect({ ...values }).to.deep.equal({ json: true, count: '3' })
    expect(positionals).to.deep.equal(['a', '--b'])
  })

  it('are refused when an option is unknown, lacks its value or has one too many', () => {
    for (const args of [['--jsno'], ['--count'], ['--json=yes'], ['-x'], ['--count', '--json']]) {
      expect(() => readArguments(args, options), args.join(' ')).to.throw(UsageError, /^[^\n]+$/)
    }
  })

  it('are as many words as are named', () => {
    expect(expectWords(['a', 'b'], 'ONE', 'TWO')).to.deep.equal(['a', 'b'])
    expect(() => expectWords(['a'], 'ONE', 'TWO')).to.throw(UsageError, 'TWO is missing')
    expect(() => expectWords(['a', 'b', 'c'], 'ONE', 'TWO')).to.throw(UsageError, '"c"')
  })

  it('are whole numbers in their range where numbers are wanted', () => {
    expect(wholeNumber('--n', undefined, [1, 9])).to.equal(undefined)
    expect([wholeNumber('--n', '1', [1, 9]), wholeNumber('--n', '9', [1, 9])]).to.deep.equal([1, 9])
    for (const text of ['0', '10', '-1', '1.5', '1e0', '0x1', ' 1', '', '9'.repeat(40), 'NaN']) {
      expect(() => wholeNumber('--n', text, [1, 9]), text).to.throw(UsageError, 'from 1 to 9')
    }
  })

  it('are times in ms, or with their unit', () => {
    const times = ['7', '7ms', '7s', '7m'].map(text => milliseconds('--t', text, [1, 600_000]))
    expect(times).to.deep.equal([7, 7, 7000, 420_000])
    expect(milliseconds('--t', undefined, [1, 9])).to.equal(undefined)
    for (const text of ['0', '11m', '1h', '1.5s', '-1s', 's', '', ' 1s']) {
      expect(() => milliseconds('--t', text, [1, 600_000]), text).to.throw(UsageError, 'such as 5s')
    }
  })

  it('get a suggestion when a word is near, and none when it is not', () => {
    expect(didYouMean('sreve', ['shell', 'serve'])).to.equal(' (did you mean serve?)')
    expect(didYouMean('mes', ['call', 'message'])).to.equal(' (did you mean message?)')
    expect(didYouMean('xyzzy', ['call', 'message', 'ping'])).to.equal('')
  })
})
