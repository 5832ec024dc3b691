/** What Node asks where a module is: those that a version of an application imports from its own folder are of that version. */

import type { ResolveHook } from 'node:module'
import { isOwn } from './own-modules.js'

/** `?version=3.1` is the third of its application, one folder below the entry. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  const found = await next(specifier, context)
  const { parentURL = '' } = context
  const [, version, depth] = /\?version=(\d+)\.(\d+)$/.exec(parentURL) ?? []
  if (version === undefined || found.url.includes('?')) return found
  const folder = new URL(`./${'../'.repeat(Number(depth))}`, parentURL).href
  if (!isOwn(found.url, folder)) return found
  const below = found.url.slice(folder.length).split('/').length - 1
  return { ...found, url: `${found.url}?version=${version}.${below}` }
}
