/** The public face of the servlets. */

export {
  type AppDescriptor,
  type AppOptions,
  defineApp,
  type LoginConfig,
  type ResourceCollection,
  type SecurityConstraint,
  type ServletClass,
  type ServletDescriptor,
  type ServletMapping,
} from './descriptor.js'
export { Dispatch } from './dispatch.js'
export { Hierarchy } from './hierarchy.js'
export { hierarchyDot, hierarchyMermaid } from './hierarchy-graph.js'
export { statusOf, statusTag } from './message-tag.js'
export {
  and,
  contains,
  equal,
  exists,
  type Matcher,
  matcherOf,
  not,
  or,
  type Pattern,
  subdomainOf,
  type Variable,
} from './pattern.js'
export { type SipTag, sipHierarchy } from './sip-hierarchy.js'
export { checkStates, formatCheck, type StateCheck } from './state-check.js'
export { StateHandlers, type StateOptions } from './state-handlers.js'
