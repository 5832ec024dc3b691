/** Who may use the servlet applications of a server that ask for it: passwords and roles, from a file. */

import type { UserRealm } from '../apps/servlet/servlet.js'
import { UsageError } from './command.js'
import { readOctets } from './octets.js'

interface User {
  readonly password: string
  readonly roles: readonly string[]
}

/**
 * Reads `{ "alice": { "password": "secret", "roles": ["boss"] } }`. Throws UsageError for what is not like that,
 * EnvironmentError for a file that cannot be read.
 */
export function usersIn(file: string): UserRealm {
  const users = new Map(Object.entries(contentOf(file)).map(([name, user]) => [name, userOf(file, name, user)]))
  return {
    lookup: username => users.get(username)?.password,
    roles: username => users.get(username)?.roles ?? [],
  }
}

function contentOf(file: string): object {
  const content = parsed(file)
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content
  throw new UsageError(`--users: ${file} must be like {"alice": {"password": "secret", "roles": ["boss"]}}`)
}

function parsed(file: string): unknown {
  const text = Buffer.from(readOctets(file), 'latin1').toString()
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`--users: ${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function userOf(file: string, name: string, user: unknown): User {
  const { password, roles = [] }: { password?: unknown; roles?: unknown } = Object(user)
  if (typeof password === 'string' && Array.isArray(roles) && roles.every(role => typeof role === 'string')) {
    return { password, roles }
  }
  throw new UsageError(
    `--users: ${file}: ${name} needs a password, and may have roles: {"password": "secret", "roles": ["boss"]}`,
  )
}
