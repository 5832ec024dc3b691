/** A request over HTTP to an application, and its reply (JSR 289 §13: converged applications). */

export interface HttpRequest {
  readonly method: string
  /** Behind the name of the application: `/users` of `/echo-chat/users`, `/` at least. */
  readonly path: string
  readonly query: URLSearchParams
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface HttpReply {
  /** 200 unless given. */
  readonly status?: number
  /** The Content-Type; `text/html; charset=utf-8` unless given. */
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** For texts of others in a page. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`)
}
