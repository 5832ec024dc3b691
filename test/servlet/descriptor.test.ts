import { expect } from 'chai'
import { type AppOptions, defineApp, equal, type Pattern } from '../../apps/servlet/servlet.js'

class Chat {}
class Log {}

describe('defineApp', () => {
  it('makes the only servlet the main one, with the defaults of JSR 289', () => {
    expect(defineApp({ name: 'chat', servlets: { chat: Chat } })).to.deep.equal({
      kind: 'servlet-application',
      name: 'chat',
      displayName: undefined,
      servlets: [{ name: 'chat', class: Chat, initParams: {}, loadOnStartup: undefined }],
      mappings: [],
      mainServlet: 'chat',
      listeners: [],
      contextParams: {},
      sessionTimeout: 3,
      proxyTimeout: 180,
      constraints: [],
      login: undefined,
      roles: [],
    })
  })

  it('keeps mappings in order', () => {
    const pattern = equal('request.method', 'MESSAGE')
    const app = defineApp({
      name: 'chat',
      servlets: { chat: Chat, log: { class: Log, loadOnStartup: 1, initParams: { level: 'info' } } },
      mappings: [
        { servlet: 'log', pattern },
        { servlet: 'chat', pattern },
      ],
    })
    expect(app.mappings.map(({ servlet }) => servlet)).to.deep.equal(['log', 'chat'])
    expect(app.mainServlet).to.equal(undefined)
    expect(app.servlets[1]).to.deep.include({ loadOnStartup: 1, initParams: { level: 'info' } })
  })

  const sound: AppOptions<'a' | 'b'> = { name: 'x', servlets: { a: Chat, b: Log }, mainServlet: 'a' }
  const pattern = equal('request.method', 'INVITE')
  const badPattern: Pattern = JSON.parse('{"kind":"exists","variable":"request.nothing"}')
  const constraint = { resources: [], roles: ['user'], proxyAuthentication: false }
  const login = { method: 'DIGEST', realm: 'r' } as const
  const wrong: readonly (readonly [options: AppOptions<string>, why: string])[] = [
    [{ ...sound, name: ' ' }, 'the application has no name'],
    [{ name: 'x', servlets: {} }, 'the application has no servlet'],
    [{ name: 'x', servlets: { a: Chat, b: Log } }, 'several servlets need mappings or a main servlet'],
    [{ ...sound, mainServlet: 'c' }, 'there is no main servlet c'],
    [{ ...sound, mappings: [{ servlet: 'a', pattern }] }, 'there is a main servlet, and there are mappings'],
    [{ name: 'x', servlets: { a: Chat }, mappings: [{ servlet: 'c', pattern }] }, 'there is no servlet c to map to'],
    [
      { name: 'x', servlets: { a: Chat }, mappings: [{ servlet: 'a', pattern: badPattern }] },
      'there is no variable request.nothing',
    ],
    [{ ...sound, constraints: [constraint], roles: ['user'] }, 'a security constraint needs a login-config'],
    [{ ...sound, constraints: [constraint], login }, 'there is no role user'],
    [
      {
        ...sound,
        constraints: [{ ...constraint, resources: [{ name: 'r', servlets: ['c'], methods: [] }] }],
        roles: ['user'],
        login,
      },
      'there is no servlet c to constrain',
    ],
    [
      {
        ...sound,
        constraints: [{ ...constraint, resources: [{ name: 'r', servlets: [], methods: ['INVITE'] }] }],
        roles: ['user'],
        login,
      },
      'the resource r has no servlet',
    ],
    [{ ...sound, sessionTimeout: 1.5 }, 'the session timeout must be whole minutes, not 1.5'],
    [{ ...sound, proxyTimeout: 0 }, 'the proxy timeout must be whole seconds, at least 1, not 0'],
  ]
  for (const [options, why] of wrong) {
    it(`refuses: ${why}`, () => {
      expect(() => defineApp(options)).to.throw(TypeError, why)
    })
  }
})
