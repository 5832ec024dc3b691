import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Program, sipwright } from './program.js'

/** What a session prints behind its first line. */
async function session(lines: readonly string[], ...args: readonly string[]): Promise<string> {
  const { code, out, err } = await sipwright(['shell', ...args], `${lines.join('\n')}\n`)
  expect({ code, err }, out).to.deep.equal({ code: 0, err: '' })
  return out.slice(out.indexOf('\n') + 1)
}

describe('the shell', () => {
  it('evaluates what is typed, awaits it, and prints tables', async () => {
    const out = await session(
      [
        'await Promise.resolve(41) + 1',
        'if (true) {',
        "  'a block'",
        '}',
        "stack.register({ name: 'mine', match: () => true })",
        'cores()',
        'census()',
        'const end = await stack.request("OPTIONS", "sip:" + stack.listening[0].slice(4))',
        'end.response.status',
        'nonsense',
        'Promise.reject(new Error("sorry"))',
        '"\\x1b[31m"',
        '.exit',
        '"not reached"',
      ],
      '--apps',
      '',
    )
    expect(out).to.match(/^42\na block\n {2}Name {2}Priority {2}Requests\n {2}mine {9}0 {9}0\n/)
    expect(out).to.match(/\n {2}Transactions {2}0\n {2}Asleep {8}0\n/)
    expect(out).to.match(
      /\n200\nUncaught ReferenceError: nonsense is not defined\nUncaught Error: sorry\n\\u\{1b\}\[31m\n$/,
    )
  })

  it('says what is meant by a word that is none, and where JavaScript is wrong', async () => {
    const out = await session([
      ...["ladde 'x'", 'shw transactions', 'shw', 'tracing on', "ladder 'x", 'show transactons', 'dialog abc by'],
      ...['ping sip:127.0.0.1', 'shell/sipwright ping sip:127.0.0.1', 'npx sipwright show cores'],
      ...['const x = ;', 'let a b', 'foo bar baz', 'stack invite', 'nonsense', 'let lader = 4', 'lader', 'throw x y'],
      ...['JSON.parse("}")', 'lader in', '{ lader }'],
    ])
    const meant = (word: string, near: string): string =>
      `there is no word ${word} (did you mean ${near}?): help lists them\n`
    const fault = (line: string, at: number, why: string): string =>
      `${line}\n${' '.repeat(at)}^ \nUncaught SyntaxError: ${why}\n`
    expect(out.replace(/\^+\n/g, '^ ')).to.equal(
      [
        ...[meant('ladde', 'ladder'), meant('shw', 'show'), meant('shw', 'show'), meant('tracing', 'trace')],
        'a quote is not closed\n',
        'there is no transactons to show (did you mean transactions?)\n',
        'a dialog can be ended with bye, and nothing else: not by\n',
        'ping is for another terminal: sipwright ping --help\n',
        'that is for another terminal; help lists what can be typed here\n',
        'without sipwright it is a word of this shell: show cores\n',
        fault('const x = ;', 10, "Unexpected token ';'"),
        fault('let a b', 6, "Unexpected identifier 'b'"),
        fault('foo bar baz', 4, "Unexpected identifier 'bar'"),
        fault('stack invite', 6, "Unexpected identifier 'invite'"),
        ...['Uncaught ReferenceError: nonsense is not defined\n', '4\n'],
        fault('throw x y', 8, "Unexpected identifier 'y'"),
        `Uncaught SyntaxError: Unexpected token '}', "}" is not valid JSON\n`,
        'false\n',
      ].join(''),
    )
  })

  it('says in one line what a call of the stack cannot take, and shows where own code fails', async () => {
    const out = await session([
      "stack.invite('bogus')",
      'stack.register({})',
      "function f() { throw new TypeError('mine') }; f()",
      "_error.stack.includes('REPL')",
    ])
    expect(out).to.match(
      /^Uncaught TypeError: not a URI: "bogus"\nUncaught TypeError: a core needs a name\nUncaught TypeError: mine\n +at f \(REPL3:1:\d+\)\ntrue\n$/,
    )
  })

  it('tells what can be typed, and all of it can', async () => {
    const help = await session(['help()'])
    const words = [...help.matchAll(/^ {2}([a-z]\w*)/gm)].map(([, word = '']) => word)
    expect(words).to.include.members(['help', 'show', 'cores', 'transactions', 'actors', 'census', 'ladder', 'trace'])
    // What is a word of JavaScript, too, can only be typed without brackets.
    const out = await session(words.filter(word => word !== 'stack' && word !== 'export').map(word => `typeof ${word}`))
    expect(out).to.equal('function\n'.repeat(words.length - 2))
  })

  it('tells of one word, and of what applications bring', async () => {
    const out = await session(['help ladder', "help('hang')", 'help laddr', 'exit'], '--apps', 'hang')
    expect(out).to.match(
      /\nladder \[CALL-ID\] \[--follow\]\n {2}the messages of a call, .*\nhang\n {2}of an application: hang\.call\(\), hang\.bye\(\)\nthere is no word laddr \(did you mean ladder\?\)\n\.exit leaves, as Ctrl-D does\n$/,
    )
  })

  for (const threads of ['0', '1']) {
    it(`shows a call to itself as it goes, with ${threads} threads`, async () => {
      const out = await session(
        [
          'const call = stack.invite("sip:busy@" + stack.listening[0].slice(4))',
          'for await (const { status } of call.responses) if (status === 180) break',
          'transactions()',
          'show sessions',
          'show actors',
          'call.cancel()',
          'call.outcome.then(({ kind }) => kind)',
          'dialogs()',
        ],
        ...['--apps', 'busy', '--threads', threads],
      )
      expect(out).to.match(/\n +Thread +Kind +Method +State +IsAsleep +Peer +Since +Key\n/)
      expect(out).to.match(
        /\n +main +INVITE server +INVITE +Proceeding +false +udp:127\S+ +\d+ +z9hg4bk\S+ 127\.0\.0\.1:\d+ INVITE\n/,
      )
      expect(out).to.match(/\n +main +INVITE client +INVITE +Proceeding +false +udp:127\S+ +\d+ +z9hG4bK\S+ INVITE\n/)
      expect(out).to.match(/\n +main .* early +uas +sip:.* invite\n/)
      expect(out).to.match(/\nmain thread\n.*invite server.*listeners/is)
      expect(out.includes('\nthread 0\n')).to.equal(threads === '1')
      expect(out.trimEnd().split('\n').slice(-2)).to.deep.equal(['cancelled', '  none'])
    })
  }

  it('draws the latest call, lists what there was, and writes it to a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sipwright-'))
    const file = join(folder, 'trace.pcap')
    const there = join(folder, 'there')
    writeFileSync(there, '')
    chmodSync(there, 0o640)
    const out = await session([
      'ladder()',
      'const end = await stack.request("OPTIONS", "sip:" + stack.listening[0].slice(4))',
      'calls()',
      'ladder()',
      "ladder('unknown')",
      'export --mermaid',
      'export',
      'export --pcap --to /no/such/file',
      `export --pcap --to ${file}`,
      `export --mermaid --to ${there}`,
    ])
    const written = readFileSync(file)
    expect([file, there].map(each => statSync(each).mode & 0o777)).to.deep.equal([0o600, 0o640])
    rmSync(folder, { recursive: true })
    expect(out).to.match(/^Uncaught nothing is known of any call\n {2}CallId +Began .*\n.* OPTIONS .* 404 Not Found/)
    expect(out).to.match(/\n +0 ms {2}\| {2}OPTIONS to itself \(UDP\)\n/)
    expect(out).to.match(/\nUncaught nothing is known of unknown\nsequenceDiagram\n/)
    expect(out).to.match(
      /\nas what\? --pcap, .*\ncannot write \/no\/such\/file: ENOENT.*\nwritten to .*trace\.pcap\nwritten to .*\n$/,
    )
    expect(written.includes('OPTIONS sip:127.0.0.1')).to.equal(true)
  })

  it('shows nothing of what peers sent that a terminal might obey', async () => {
    const evil = '\x1b[31mevil\x9b2J\u202e\x07'
    const headers = [
      `Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1`,
      `From: "${evil}" <sip:a@127.0.0.1>;tag=1`,
      'To: <sip:b@127.0.0.1>',
      `Call-ID: ${evil}`,
    ]
    const request = ['INVITE sip:b@127.0.0.1 SIP/2.0', ...headers, 'CSeq: 1 INVITE', 'Max-Forwards: 70', '', ''].join(
      '\r\n',
    )
    const response = [`SIP/2.0 200 ${evil}`, ...headers, 'CSeq: 1 INVITE', '', ''].join('\r\n')
    const out = await session([
      "const socket = require('node:dgram').createSocket('udp4')",
      'const port = Number(stack.listening[0].split(":").at(-1))',
      'trace on',
      ...[request, response].map(text => `void socket.send(${JSON.stringify(text)}, port, '127.0.0.1')`),
      "const isIn = () => stack.trace.entries().some(({ text = '' }) => text.startsWith('SIP/2.0 200'))",
      'while (!isIn()) await new Promise(resolve => setTimeout(resolve, 20))',
      'socket.close()',
      ...['calls', 'ladder', 'export --mermaid', 'show transactions', 'show dialogs', 'trace off'],
      `ladder ${evil}`,
      `new Error(${JSON.stringify(evil)})`,
      JSON.stringify(evil),
    ])
    expect(out.split('evil').length).to.be.greaterThan(6)
    expect(out).not.to.match(/[^\n\P{C}]/u)
  })

  it('ends with its input', async () => {
    const { code } = await sipwright(['shell'], '1')
    expect(code).to.equal(0)
  })

  it('has the words of applications: hang calls', async () => {
    const shell = new Program(['shell', '--apps', 'hang'])
    const lines = [
      "const heard = new Promise(done => stack.register({ name: 'bob', match: ({ uri }) => uri.user === 'bob', INVITE: invite => { invite.reply(486); done(invite.request.from.displayName) } }))",
      'hang.call("sip:bob@" + stack.listening[0].slice(4))',
      'await heard',
    ]
    shell.type(`${lines.join('\n')}\n`)
    await Promise.all([shell.printed(/failure response/), shell.printed(/^Hang$/m)])
    shell.end()
    const { out } = await shell.ended
    expect(out).to.match(
      /HANG: Calling to sip:bob@.*\n(.*\n)*HANG: Got failure response from sip:bob@\S+: 486 Busy Here\n/,
    )
    expect(out).to.match(/^Hang$/m)
  })
})
