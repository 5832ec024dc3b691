/** sip.xml of JSR 116 (sip-app 1.0) and JSR 289 (sip-app 1.1), read into a descriptor. */

import { DeploymentError } from './deployment-error.js'
import {
  type AppDescriptor,
  type ClassName,
  defaultProxyTimeout,
  defaultSessionTimeout,
  faultsOf,
  type ResourceCollection,
  type SecurityConstraint,
  type ServletDescriptor,
  type ServletMapping,
  withMain,
} from './descriptor.js'
import { isVariable, type Pattern, type Variable } from './pattern.js'
import { checkContents } from './sip-xml-contents.js'
import { readXml, type XmlElement, type XmlLimits } from './xml-element.js'

export interface SipXmlOptions {
  /** What errors call the file. */
  readonly file: string
  /** What the application is called where it does not say so itself. */
  readonly name: string
  readonly limits?: XmlLimits
}

/** Throws DeploymentError, with file and line, for what cannot be deployed. */
export function readSipXml(octets: Uint8Array, { file, name, limits }: SipXmlOptions): AppDescriptor<ClassName> {
  return new SipXml(file).app(readXml(octets, file, limits), name)
}

class SipXml {
  readonly #file: string
  /** Where each part of the descriptor was read. */
  readonly #lines = new Map<object, number>()

  constructor(file: string) {
    this.#file = file
  }

  app(root: XmlElement, name: string): AppDescriptor<ClassName> {
    if (root.name !== 'sip-app') this.#refuse(root, `${root.name} instead of sip-app`)
    checkContents(root, (element, why) => this.#refuse(element, why))
    const displayName = textOf(root, 'display-name')
    const selection = child(root, 'servlet-selection')
    const main = selection && child(selection, 'main-servlet')
    // JSR 116 has the mappings directly inside, JSR 289 in their selection.
    const mappings = [...all(root, 'servlet-mapping'), ...(selection ? all(selection, 'servlet-mapping') : [])]
    const session = child(root, 'session-config')
    const proxy = child(root, 'proxy-config')
    const app = withMain<ClassName>({
      kind: 'servlet-application',
      name: textOf(root, 'app-name') ?? displayName ?? name,
      displayName,
      servlets: all(root, 'servlet').map(each => this.#servlet(each)),
      mappings: mappings.map(each => this.#mapping(each)),
      mainServlet: main?.text,
      listeners: all(root, 'listener').map(each => this.#className(each, 'listener-class')),
      contextParams: this.#params(all(root, 'context-param')),
      sessionTimeout: this.#number(session, 'session-timeout') ?? defaultSessionTimeout,
      proxyTimeout:
        this.#number(proxy, 'proxy-timeout', 1) ??
        this.#number(proxy, 'sequential-search-timeout', 1) ??
        defaultProxyTimeout,
      constraints: all(root, 'security-constraint').flatMap(each => this.#constraint(each)),
      login: this.#login(root, name),
      roles: all(root, 'security-role').map(each => this.#text(each, 'role-name')),
    })
    const [fault] = faultsOf(app)
    if (fault === undefined) return app
    throw new DeploymentError({
      file: this.#file,
      line: this.#lines.get(fault.part) ?? (main ?? root).line,
      why: fault.why,
    })
  }

  #servlet(element: XmlElement): ServletDescriptor<ClassName> {
    const startup = child(element, 'load-on-startup')
    const order = startup?.text === '' ? 0 : this.#number(element, 'load-on-startup')
    return this.#at(element, {
      name: this.#text(element, 'servlet-name'),
      class: this.#className(element, 'servlet-class'),
      initParams: this.#params(all(element, 'init-param')),
      loadOnStartup: order === undefined || order < 0 ? undefined : order,
    })
  }

  #className(element: XmlElement, name: string): ClassName {
    return { className: this.#text(element, name), line: this.#child(element, name).line }
  }

  #mapping(element: XmlElement): ServletMapping {
    const pattern = this.#child(element, 'pattern')
    return this.#at(element, {
      servlet: this.#text(element, 'servlet-name'),
      pattern: this.#condition(this.#only(pattern)),
    })
  }

  #condition(element: XmlElement): Pattern {
    const kind = element.name
    switch (kind) {
      case 'and':
      case 'or':
        this.#some(element)
        return { kind, patterns: element.children.map(each => this.#condition(each)) }
      case 'not':
        return { kind, pattern: this.#condition(this.#only(element)) }
      case 'exists':
        return { kind, variable: this.#variable(element) }
      case 'equal':
      case 'contains':
      case 'subdomain-of': {
        const ignoreCase = kind === 'subdomain-of' || this.#ignoresCase(element)
        return { kind, variable: this.#variable(element), value: this.#child(element, 'value').text, ignoreCase }
      }
      default:
        return this.#refuse(element, `unknown condition ${kind}`)
    }
  }

  #variable(element: XmlElement): Variable {
    const variable = this.#child(element, 'var')
    return isVariable(variable.text) ? variable.text : this.#refuse(variable, `there is no variable ${variable.text}`)
  }

  #ignoresCase(element: XmlElement): boolean {
    const given = element.attributes.get('ignore-case') ?? 'false'
    if (given !== 'true' && given !== 'false') this.#refuse(element, `ignore-case is true or false, not ${given}`)
    return given === 'true'
  }

  /** Without an auth-constraint nothing is asked of anyone. */
  #constraint(element: XmlElement): readonly SecurityConstraint[] {
    const guarantee = child(element, 'user-data-constraint')
    if (guarantee !== undefined && this.#text(guarantee, 'transport-guarantee') !== 'NONE') {
      this.#refuse(guarantee, 'a transport-guarantee cannot be given: listen on TLS only')
    }
    const auth = child(element, 'auth-constraint')
    if (auth === undefined) return []
    return [
      this.#at(element, {
        resources: all(element, 'resource-collection').map(each => this.#resource(each)),
        roles: all(auth, 'role-name').map(({ text }) => text),
        proxyAuthentication: child(element, 'proxy-authentication') !== undefined,
      }),
    ]
  }

  #resource(element: XmlElement): ResourceCollection {
    return this.#at(element, {
      name: this.#text(element, 'resource-name'),
      servlets: all(element, 'servlet-name').map(({ text }) => text),
      methods: all(element, 'sip-method').map(({ text }) => text),
    })
  }

  #login(root: XmlElement, name: string): AppDescriptor['login'] {
    const login = child(root, 'login-config')
    if (login === undefined) return undefined
    const method = this.#text(login, 'auth-method')
    if (method !== 'DIGEST') this.#refuse(login, `auth-method is DIGEST, not ${method}`)
    return { method: 'DIGEST', realm: textOf(login, 'realm-name') ?? name }
  }

  #params(elements: readonly XmlElement[]): Readonly<Record<string, string>> {
    const params = new Map<string, string>()
    for (const element of elements) {
      const name = this.#text(element, 'param-name')
      if (params.has(name)) this.#refuse(element, `there are two parameters ${name}`)
      params.set(name, this.#child(element, 'param-value').text)
    }
    return Object.fromEntries(params)
  }

  #number(parent: XmlElement | undefined, name: string, least = Number.NEGATIVE_INFINITY): number | undefined {
    const element = parent && child(parent, name)
    if (element === undefined) return undefined
    if (/^-?\d{1,9}$/.test(element.text) && Number(element.text) >= least) return Number(element.text)
    const kind = least === 1 ? 'number above 0' : 'number'
    return this.#refuse(element, `${name} is a whole ${kind}, not ${JSON.stringify(element.text)}`)
  }

  #text(parent: XmlElement, name: string): string {
    const element = this.#child(parent, name)
    return element.text === '' ? this.#refuse(element, `${name} is empty`) : element.text
  }

  #child(parent: XmlElement, name: string): XmlElement {
    return child(parent, name) ?? this.#refuse(parent, `${parent.name} needs ${name}`)
  }

  #only(parent: XmlElement): XmlElement {
    const [only, another] = parent.children
    if (only !== undefined && another === undefined) return only
    return this.#refuse(another ?? parent, `${parent.name} takes one condition`)
  }

  #some(parent: XmlElement): void {
    if (parent.children.length === 0) this.#refuse(parent, `${parent.name} needs a condition`)
  }

  #at<Part extends object>({ line }: XmlElement, part: Part): Part {
    this.#lines.set(part, line)
    return part
  }

  #refuse({ line }: XmlElement, why: string): never {
    throw new DeploymentError({ file: this.#file, line, why })
  }
}

function all(parent: XmlElement, name: string): readonly XmlElement[] {
  return parent.children.filter(each => each.name === name)
}

function child(parent: XmlElement, name: string): XmlElement | undefined {
  return parent.children.find(each => each.name === name)
}

function textOf(parent: XmlElement, name: string): string | undefined {
  const text = child(parent, name)?.text
  return text === '' ? undefined : text
}
