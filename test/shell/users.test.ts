import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { EnvironmentError, UsageError } from '../../shell/command.js'
import { usersIn } from '../../shell/users.js'
import { serve, sipwright } from './program.js'

describe('the users of servlet applications', () => {
  const folder = mkdtempSync(join(tmpdir(), 'users-'))
  const file = join(folder, 'users.json')
  after(() => rmSync(folder, { recursive: true }))

  function read(content: string): ReturnType<typeof usersIn> {
    writeFileSync(file, content)
    return usersIn(file)
  }

  it('have passwords and roles', () => {
    const users = read('{"alice": {"password": "secret", "roles": ["boss"]}, "__proto__": {"password": "x"}}')
    expect(users.lookup('alice', 'here')).to.equal('secret')
    expect(users.roles('alice')).to.deep.equal(['boss'])
    expect(users.lookup('__proto__', 'here')).to.equal('x')
    expect(users.lookup('constructor', 'here')).to.equal(undefined)
    expect(users.roles('nobody')).to.deep.equal([])
  })

  it('are refused with a line when they are not like that', () => {
    for (const content of [
      '{',
      '[]',
      'null',
      '{"alice": "secret"}',
      '{"alice": {"password": 1}}',
      '{"a": {"password": "x", "roles": [1]}}',
    ]) {
      expect(() => read(content), content).to.throw(UsageError, /^--users: \S*users\.json[^\n]+$/)
    }
    expect(() => usersIn(join(folder, 'none'))).to.throw(EnvironmentError, 'no such file')
  })

  it('go with --autodeploy', async () => {
    const { code, err } = await sipwright(['serve', '--users', file])
    expect(code).to.equal(2)
    expect(err).to.include('--users goes with --autodeploy')
  })

  it('are let in where an application asks for them (D-10)', async () => {
    read('{"alice": {"password": "secret", "roles": ["boss"]}, "bob": {"password": "other"}}')
    const apps = join(folder, 'apps')
    mkdirSync(join(apps, 'closed'), { recursive: true })
    const app = `import { defineApp, SipServlet } from "sipwright/servlet"
class Closed extends SipServlet {
  override doMessage(request) { request.createResponse(200).send() }
}
export default defineApp({
  name: 'closed', servlets: { closed: Closed }, roles: ['boss'], login: { method: 'DIGEST', realm: 'here' },
  constraints: [{ resources: [{ name: 'all', servlets: ['closed'], methods: ['MESSAGE'] }], roles: ['boss'], proxyAuthentication: false }],
})
`
    writeFileSync(join(apps, 'closed', 'app.ts'), app)
    const { program, place } = await serve('--autodeploy', apps, '--users', file)
    const say = async (who: string): Promise<string> => {
      const [user] = who.split(':')
      const said = await sipwright([
        'message',
        `sip:anyone@${place}`,
        'hello',
        '--from',
        `sip:${user}@here`,
        '--auth',
        who,
      ])
      return `${said.code} ${said.out}`
    }
    try {
      expect(await say('alice:secret')).to.match(/^0 .*200/s)
      expect(await say('alice:guess')).to.match(/^1 .*401/s)
      expect(await say('bob:other')).to.match(/^1 .*403/s)
    } finally {
      program.signal('SIGKILL')
      await program.ended
    }
  })
})
