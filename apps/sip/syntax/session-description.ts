/** A session description (RFC 8866) in the shape that sdp-transform reads and writes; nothing in it is sure to be there. */

export interface SessionDescription {
  readonly version?: number
  readonly origin?: {
    readonly username: string
    readonly sessionId: number | string
    readonly sessionVersion: number | string
    readonly netType: string
    readonly ipVer: number
    readonly address: string
  }
  readonly name?: string
  readonly timing?: { readonly start: number; readonly stop: number }
  readonly connection?: Connection
  readonly direction?: Direction
  readonly media: readonly MediaDescription[]
  readonly [line: string]: unknown
}

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

export interface Connection {
  readonly version: number
  readonly ip: string
}

export interface MediaDescription {
  readonly type: string
  /** 0 when the stream is refused: RFC 3264 §6. */
  readonly port: number
  readonly protocol: string
  /** Blank-separated. */
  readonly payloads?: string
  readonly connection?: Connection
  readonly direction?: Direction
  readonly rtp?: readonly { readonly payload: number; readonly codec: string; readonly rate?: number }[]
  readonly fmtp?: readonly { readonly payload: number; readonly config: string }[]
  readonly ptime?: number
  readonly [line: string]: unknown
}
