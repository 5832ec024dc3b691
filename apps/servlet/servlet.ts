/** The public face of the servlets. */

export {
  type ApplicationRouter,
  type Candidate,
  deploymentOrder,
  type NextApplication,
  type RoutingQuestion,
} from './application-router.js'
export type { Attributes, Binding } from './attributes.js'
export { AuthInfo } from './auth-info.js'
export { Autodeploy, type AutodeployOptions } from './autodeploy.js'
export type { B2buaHelper, LinkedRequestOptions } from './back-to-back.js'
export { defaultApplicationRouter } from './default-application-router.js'
export { checkDeployment } from './deploy-check.js'
export type { DeployTarget } from './deployed-entry.js'
export { DeploymentError } from './deployment-error.js'
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
export { escapeHtml, type HttpReply, type HttpRequest } from './http-exchange.js'
export { answerHttp, applicationIn, type HttpOptions, isOwnHost, ServletHttp } from './http-server.js'
export type {
  Listener,
  SipApplicationSessionAttributeListener,
  SipApplicationSessionListener,
  SipErrorListener,
  SipServletListener,
  SipSessionAttributeListener,
  SipSessionListener,
  TimerListener,
} from './listeners.js'
export { statusOf, statusTag } from './message-tag.js'
export {
  and,
  contains,
  equal,
  exists,
  formatPattern,
  type Matcher,
  matcherOf,
  not,
  or,
  type Pattern,
  subdomainOf,
  type Variable,
} from './pattern.js'
export {
  type ContainerCensus,
  type ContainerOptions,
  type DeployOptions,
  ServletContainer,
  type Undeploy,
  type UserRealm,
} from './servlet-container.js'
export type { ServletContext, SipSessionsUtil } from './servlet-context.js'
export { ServletError } from './servlet-error.js'
export type { ServletTimer, TimerOptions, TimerService } from './servlet-timer.js'
export type { SipApplicationSession } from './sip-application-session.js'
export type { SipFactory } from './sip-factory.js'
export { type SipTag, sipHierarchy } from './sip-hierarchy.js'
export { type ServletConfig, SipServlet } from './sip-servlet.js'
export type { SipServletMessage } from './sip-servlet-message.js'
export type { Region, Routing, SipServletRequest } from './sip-servlet-request.js'
export type { SipServletResponse } from './sip-servlet-response.js'
export type { SessionState, SipSession } from './sip-session.js'
export { checkStates, formatCheck, type StateCheck } from './state-check.js'
export { StateHandlers, type StateOptions } from './state-handlers.js'
export { type OnRequest, type OnResponse, type StateScene, stateServlet } from './state-servlet.js'
