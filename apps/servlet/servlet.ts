/** The public face of the servlets. */

export { Dispatch } from './dispatch.js'
export { Hierarchy } from './hierarchy.js'
export { hierarchyDot, hierarchyMermaid } from './hierarchy-graph.js'
export { statusOf, statusTag } from './message-tag.js'
export { type SipTag, sipHierarchy } from './sip-hierarchy.js'
export { checkStates, formatCheck, type StateCheck } from './state-check.js'
export { StateHandlers, type StateOptions } from './state-handlers.js'
