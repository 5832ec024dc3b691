/** The public face of sipwright. */

export type { Agent, InviteOptions, RequestOptions } from './agent.js'
export type { Application, ApplicationContext } from './application.js'
export type { ActiveDialog } from './core/active-dialog.js'
export type { CredentialSource, Credentials, Ha1 } from './core/auth/credentials.js'
export { DigestClient } from './core/auth/digest-client.js'
export type { Authenticate, Secret } from './core/auth/digest-server.js'
export type { Call, CallOutcome, Ended, Outcome } from './core/call.js'
export type { Core, CoreMethod, Handler } from './core/core.js'
export type { CoreState } from './core/cores.js'
export type { Dialog } from './core/dialog.js'
export type { DialogRequestOptions } from './core/dialog-order.js'
export type { Incoming, ReplyOptions } from './core/incoming.js'
export type { TransactionState } from './inspection.js'
export { ListenError } from './listening.js'
export type { LocationExplanation, LocationStep } from './location/explanation.js'
export type { Reply, Resolver } from './location/resolver.js'
export { SystemResolver } from './location/system-resolver.js'
export type { Target } from './location/target.js'
export { type Zone, ZoneResolver } from './location/zone-resolver.js'
export { type Log, type LogEntry, printable } from './log.js'
export { type DnsOptions, dnsResolver, locationOf } from './names.js'
export { SipStack, type StackCensus } from './stack.js'
export type { StackOptions } from './stack-options.js'
export { type Address, createAddress } from './syntax/address.js'
export { type Explanation, explainMessage, formatExplanation } from './syntax/explain.js'
export { formatMessage } from './syntax/format.js'
export { Framer } from './syntax/frame.js'
export type { Random } from './syntax/ids.js'
export type { Message, Request, Response } from './syntax/message.js'
export { parseMessage } from './syntax/parse.js'
export { parseUri, type Uri } from './syntax/uri.js'
export type { PcapOptions, Trace, TracedCall, TraceFilter } from './trace/trace.js'
export type { TraceEntry, TraceEvent, TraceMessage } from './trace/trace-entry.js'
export type { HepOptions, TraceOptions } from './tracing.js'
export type { AdmissionOptions, Ban } from './transport/admission.js'
export type { ListenOptions } from './transport/listen-point.js'
export type {
  Closable,
  ListenerEvents,
  Network,
  StreamEvents,
  StreamSocket,
  UdpEvents,
  UdpSocket,
} from './transport/network.js'
export { nodeNetwork } from './transport/node-network.js'
export type { StreamLimits } from './transport/stream-limits.js'
export type { KeyPair, TlsOptions } from './transport/tls-options.js'
