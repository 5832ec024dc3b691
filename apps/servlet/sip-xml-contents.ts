/** What may be inside which element of sip.xml: the schemas of JSR 116 and JSR 289 together. */

import type { XmlElement } from './xml-element.js'

const conditions = 'and* or* not* equal* contains* exists* subdomain-of*'

/** The elements in each that has any; a star is for those that may come again. Elements that are not here hold text. */
const contents: ReadonlyMap<string, ReadonlyMap<string, boolean>> = new Map(
  Object.entries({
    'sip-app': `app-name display-name* description* icon* distributable context-param* listener* servlet* servlet-selection
      servlet-mapping* proxy-config session-config security-constraint* login-config security-role*`,
    'context-param': 'param-name param-value description*',
    'init-param': 'param-name param-value description*',
    listener: 'listener-class description* display-name* icon*',
    servlet: 'servlet-name servlet-class init-param* load-on-startup description* display-name* icon*',
    'servlet-selection': 'main-servlet servlet-mapping*',
    'servlet-mapping': 'servlet-name pattern',
    pattern: conditions,
    and: conditions,
    or: conditions,
    not: conditions,
    equal: 'var value',
    contains: 'var value',
    'subdomain-of': 'var value',
    exists: 'var',
    'proxy-config': 'proxy-timeout sequential-search-timeout',
    'session-config': 'session-timeout',
    'security-constraint':
      'resource-collection* auth-constraint proxy-authentication user-data-constraint display-name* description*',
    'resource-collection': 'resource-name servlet-name* sip-method* description*',
    'auth-constraint': 'role-name* description*',
    'user-data-constraint': 'transport-guarantee description*',
    'login-config': 'auth-method realm-name',
    'security-role': 'role-name description*',
    icon: 'small-icon large-icon',
  }).map(([name, text]) => [name, itemsOf(text)]),
)

/** What the schemas have and nothing here answers to; leaving it out silently would deploy something else. */
const unsupported: ReadonlySet<string> = new Set([
  'env-entry',
  'ejb-ref',
  'ejb-local-ref',
  'service-ref',
  'resource-ref',
  'resource-env-ref',
  'message-destination',
  'message-destination-ref',
  'persistence-context-ref',
  'persistence-unit-ref',
  'post-construct',
  'pre-destroy',
  'run-as',
  'security-role-ref',
  'identity-assertion',
  'jsp-file',
])

function itemsOf(text: string): ReadonlyMap<string, boolean> {
  return new Map(text.split(/\s+/).map(item => [item.replace('*', ''), item.endsWith('*')]))
}

/** Calls `refuse`, which throws, for the first element that is where it may not be, comes again, or has stray text. */
export function checkContents(element: XmlElement, refuse: (element: XmlElement, why: string) => never): void {
  const allowed = contents.get(element.name)
  if (allowed !== undefined && element.text !== '') refuse(element, `text between the elements of ${element.name}`)
  checkAttributes(element, refuse)
  const seen = new Set<string>()
  for (const child of element.children) {
    const { name } = child
    const repeats = allowed?.get(name)
    if (repeats === undefined) {
      refuse(child, unsupported.has(name) ? `${name} is not supported` : `unknown element ${name} in ${element.name}`)
    }
    if (repeats === false && seen.has(name)) refuse(child, `a second ${name} in ${element.name}`)
    seen.add(name)
    checkContents(child, refuse)
  }
}

function checkAttributes(element: XmlElement, refuse: (element: XmlElement, why: string) => never): void {
  const { name, attributes } = element
  if (name === 'sip-app') return
  const takesCase = name === 'equal' || name === 'contains' || name === 'subdomain-of'
  for (const attribute of attributes.keys()) {
    if (attribute === 'id' || attribute === 'xmlns' || attribute.includes(':')) continue
    if (attribute === 'ignore-case' && takesCase) continue
    refuse(element, `unknown attribute ${attribute} of ${name}`)
  }
}
