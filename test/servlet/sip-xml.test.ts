import { expect } from 'chai'
import { DeploymentError } from '../../apps/servlet/deployment-error.js'
import { readSipXml } from '../../apps/servlet/sip-xml.js'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

function read(text: string): ReturnType<typeof readSipXml> {
  return readSipXml(encode(text), { file: 'chat/sip.xml', name: 'chat' })
}

/** One servlet `echo` and what else is given, which begins on line 3. */
function app(more: string): string {
  return `<sip-app>
<servlet><servlet-name>echo</servlet-name><servlet-class>Echo</servlet-class></servlet>
${more}
</sip-app>`
}

function mapped(pattern: string, servlet = 'echo'): string {
  return app(`<servlet-mapping>
<servlet-name>${servlet}</servlet-name>
<pattern>
${pattern}
</pattern>
</servlet-mapping>`)
}

function failure(read: () => unknown): DeploymentError {
  try {
    read()
  } catch (error) {
    if (error instanceof DeploymentError) return error
    throw error
  }
  throw new Error('it was taken')
}

describe('sip.xml', () => {
  it('JSR 116: document type, mappings directly inside, named after its folder', () => {
    const descriptor = read(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE sip-app PUBLIC "-//Java Community Process//DTD SIP Application 1.0//EN" "http://www.jcp.org/dtd/sip-app_1_0.dtd">
<sip-app>
  <servlet>
    <servlet-name>EchoServlet</servlet-name>
    <servlet-class>com.example.EchoServlet</servlet-class>
    <init-param><param-name>greeting</param-name><param-value>a &lt;b&gt; &amp; c</param-value></init-param>
    <load-on-startup>1</load-on-startup>
  </servlet>
  <servlet-mapping>
    <servlet-name>EchoServlet</servlet-name>
    <pattern><equal><var>request.uri.user</var><value>echo</value></equal></pattern>
  </servlet-mapping>
  <proxy-config><sequential-search-timeout>30</sequential-search-timeout></proxy-config>
</sip-app>`)
    expect(descriptor).to.deep.equal({
      kind: 'servlet-application',
      name: 'chat',
      displayName: undefined,
      servlets: [
        {
          name: 'EchoServlet',
          class: { className: 'com.example.EchoServlet', line: 6 },
          initParams: { greeting: 'a <b> & c' },
          loadOnStartup: 1,
        },
      ],
      mappings: [
        {
          servlet: 'EchoServlet',
          pattern: { kind: 'equal', variable: 'request.uri.user', value: 'echo', ignoreCase: false },
        },
      ],
      mainServlet: undefined,
      listeners: [],
      contextParams: {},
      sessionTimeout: 3,
      proxyTimeout: 30,
      constraints: [],
      login: undefined,
      roles: [],
    })
  })

  it('JSR 289: namespaces, name, main servlet, listeners, timeouts, security', () => {
    const descriptor =
      read(`<sip-app xmlns="http://www.jcp.org/xml/ns/sipservlet" xmlns:javaee="http://java.sun.com/xml/ns/javaee">
  <app-name>org.example.chat</app-name>
  <display-name>The chat</display-name>
  <distributable/>
  <context-param><javaee:param-name>room</javaee:param-name><javaee:param-value></javaee:param-value></context-param>
  <listener><javaee:listener-class>listeners/log.ts#Log</javaee:listener-class></listener>
  <servlet><javaee:servlet-name>a</javaee:servlet-name><javaee:servlet-class>a.ts</javaee:servlet-class></servlet>
  <servlet><javaee:servlet-name>b</javaee:servlet-name><javaee:servlet-class>b.ts</javaee:servlet-class>
    <javaee:load-on-startup>-1</javaee:load-on-startup></servlet>
  <servlet-selection><main-servlet>b</main-servlet></servlet-selection>
  <proxy-config><proxy-timeout>20</proxy-timeout></proxy-config>
  <session-config><javaee:session-timeout>-1</javaee:session-timeout></session-config>
  <security-constraint>
    <resource-collection>
      <resource-name>talk</resource-name><servlet-name>b</servlet-name><sip-method>MESSAGE</sip-method>
    </resource-collection>
    <proxy-authentication/>
    <auth-constraint><javaee:role-name>member</javaee:role-name></auth-constraint>
  </security-constraint>
  <login-config><auth-method>DIGEST</auth-method><realm-name>example.org</realm-name></login-config>
  <security-role><javaee:role-name>member</javaee:role-name></security-role>
</sip-app>`)
    expect(descriptor).to.deep.include({
      name: 'org.example.chat',
      displayName: 'The chat',
      mainServlet: 'b',
      listeners: [{ className: 'listeners/log.ts#Log', line: 6 }],
      contextParams: { room: '' },
      sessionTimeout: -1,
      proxyTimeout: 20,
      login: { method: 'DIGEST', realm: 'example.org' },
      roles: ['member'],
      constraints: [
        {
          resources: [{ name: 'talk', servlets: ['b'], methods: ['MESSAGE'] }],
          roles: ['member'],
          proxyAuthentication: true,
        },
      ],
    })
    expect(descriptor.servlets[1]?.loadOnStartup).to.equal(undefined)
  })

  it('every condition of the pattern language', () => {
    const text = mapped(`<and>
  <or>
    <equal ignore-case="true"><var>request.method</var><value>invite</value></equal>
    <contains><var>request.from.display-name</var><value>A &amp; B</value></contains>
  </or>
  <not><exists><var>request.uri.param.maddr</var></exists></not>
  <subdomain-of><var>request.to.uri.host</var><value>example.com</value></subdomain-of>
</and>`)
    expect(read(text).mappings[0]?.pattern).to.deep.equal({
      kind: 'and',
      patterns: [
        {
          kind: 'or',
          patterns: [
            { kind: 'equal', variable: 'request.method', value: 'invite', ignoreCase: true },
            { kind: 'contains', variable: 'request.from.display-name', value: 'A & B', ignoreCase: false },
          ],
        },
        { kind: 'not', pattern: { kind: 'exists', variable: 'request.uri.param.maddr' } },
        { kind: 'subdomain-of', variable: 'request.to.uri.host', value: 'example.com', ignoreCase: true },
      ],
    })
  })

  it('UTF-16 and Latin-1 are read as what they are', () => {
    const named = (text: string): string =>
      app(`<context-param><param-name>n</param-name><param-value>${text}</param-value></context-param>`)
    const utf16 = Buffer.from(`\ufeff${named('zürich €')}`, 'utf16le')
    const latin1 = Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${named('zürich')}`, 'latin1')
    expect(readSipXml(utf16, { file: 'f', name: 'n' }).contextParams).to.deep.equal({ n: 'zürich €' })
    expect(readSipXml(latin1, { file: 'f', name: 'n' }).contextParams).to.deep.equal({ n: 'zürich' })
  })

  const equal = '<equal><var>request.method</var><value>INVITE</value></equal>'
  const bomb = `<!DOCTYPE sip-app [
<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">
]>
${app('<app-name>&c;</app-name>')}`
  const outside = `<!DOCTYPE sip-app [<!ENTITY p SYSTEM "file:///etc/passwd">]>${app('<app-name>&p;</app-name>')}`
  const wrong: readonly (readonly [what: string, text: string, message: string])[] = [
    ['an element that there is not', app('<servlat/>'), ':3: unknown element servlat in sip-app'],
    ['an element elsewhere than it belongs', app('\n<pattern/>'), ':4: unknown element pattern in sip-app'],
    ['an attribute that there is not', app('<display-name lang="en"/>'), ':3: unknown attribute lang of display-name'],
    ['another document', '<web-app/>', ':1: web-app instead of sip-app'],
    ['nothing', '', ':1: document must contain a root element'],
    ['half a document', '<sip-app>\n<servlet>\n', ':3: unclosed tag: servlet'],
    ['stray text', app('hello'), ':1: text between the elements of sip-app'],
    ['references to Java objects', app('<resource-ref/>'), ':3: resource-ref is not supported'],
    ['an entity that nobody declared', app('<app-name>&boom;</app-name>'), ':3: undefined entity'],
    ['an entity bomb', bomb, ':3: a document type of its own: entities and the like are not read'],
    ['a file by way of an entity', outside, ':1: a document type of its own: entities and the like are not read'],
    ['an unknown encoding', `<?xml version="1.0" encoding="EBCDIC-7"?>${app('')}`, ':1: unknown encoding EBCDIC-7'],
    [
      'a variable that there is not',
      mapped('\n<exists><var>request.body</var></exists>'),
      ':7: there is no variable request.body',
    ],
    ['a condition without its value', mapped('<equal><var>request.method</var></equal>'), ':6: equal needs value'],
    ['a condition of nothing', mapped('<or></or>'), ':6: or needs a condition'],
    ['a pattern of nothing', mapped(''), ':5: pattern takes one condition'],
    ['a pattern of two conditions', mapped(`${equal}\n${equal}`), ':7: pattern takes one condition'],
    [
      'a wrong ignore-case',
      mapped(equal.replace('equal', 'equal ignore-case="yes"')),
      ':6: ignore-case is true or false, not yes',
    ],
    ['a mapping to a servlet that there is not', mapped(equal, 'eccho'), ':3: there is no servlet eccho to map to'],
    [
      'a main servlet that there is not',
      app('\n<servlet-selection><main-servlet>x</main-servlet></servlet-selection>'),
      ':4: there is no main servlet x',
    ],
    [
      'two servlets of one name',
      app('<servlet><servlet-name>echo</servlet-name><servlet-class>E</servlet-class></servlet>'),
      ':3: there are two servlets echo',
    ],
    ['two names', app('<app-name>a</app-name>\n<app-name>b</app-name>'), ':4: a second app-name in sip-app'],
    [
      'two parameters of one name',
      app(`<context-param><param-name>a</param-name><param-value/></context-param>
<context-param><param-name>a</param-name><param-value/></context-param>`),
      ':4: there are two parameters a',
    ],
    [
      'a servlet without class',
      app('<servlet><servlet-name>b</servlet-name></servlet>'),
      ':3: servlet needs servlet-class',
    ],
    [
      'a number that is none',
      app('<session-config><session-timeout>soon</session-timeout></session-config>'),
      ':3: session-timeout is a whole number, not "soon"',
    ],
    [
      'no time at all for a proxy',
      app('<proxy-config><proxy-timeout>0</proxy-timeout></proxy-config>'),
      ':3: proxy-timeout is a whole number above 0, not "0"',
    ],
    [
      'passwords in clear',
      app('<login-config><auth-method>BASIC</auth-method></login-config>'),
      ':3: auth-method is DIGEST, not BASIC',
    ],
    [
      'a guarantee that cannot be given',
      app(`<security-constraint><resource-collection><resource-name>r</resource-name></resource-collection>
<user-data-constraint><transport-guarantee>CONFIDENTIAL</transport-guarantee></user-data-constraint></security-constraint>`),
      ':4: a transport-guarantee cannot be given: listen on TLS only',
    ],
    [
      'a constraint without login',
      app(`<security-constraint><resource-collection><resource-name>r</resource-name></resource-collection>
<auth-constraint/></security-constraint>`),
      ':3: a security constraint needs a login-config',
    ],
    [
      'elements inside one another without end',
      `${'<not>'.repeat(100_000)}`,
      ':1: more than 64 elements inside one another',
    ],
  ]
  for (const [what, text, message] of wrong) {
    it(`refuses ${what}`, () => {
      const error = failure(() => read(text))
      expect(error.message).to.equal(`chat/sip.xml${message}`)
      expect(error.file).to.equal('chat/sip.xml')
    })
  }

  it('refuses 10 MB before reading them, and less where it is told to', () => {
    const large = Buffer.alloc(10 * 1024 * 1024, app(''))
    expect(failure(() => readSipXml(large, { file: 'f', name: 'n' })).message).to.equal('f: larger than 1048576 bytes')
    const limits = { size: 20, depth: 64 }
    const text = encode(app(''))
    expect(failure(() => readSipXml(text, { file: 'f', name: 'n', limits })).message).to.equal(
      'f: larger than 20 bytes',
    )
  })

  it('refuses octets that are not in their encoding', () => {
    const error = failure(() => readSipXml(Buffer.from([0x3c, 0x61, 0xff, 0x3e]), { file: 'f', name: 'n' }))
    expect(error.message).to.equal('f: not UTF-8')
  })
})
