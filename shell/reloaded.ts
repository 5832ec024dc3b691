/** An application anew, as every thread loads it: `reloaded.js?of=URL`, where the URL ends with its version. */

import './reloading.js'

const url = new URL(import.meta.url).searchParams.get('of') ?? ''
const module: unknown = await import(url)
if (typeof module !== 'object' || module === null || !('default' in module)) {
  throw new TypeError(`${url} has no default export: export a core, or a function that returns one`)
}

const application: unknown = module.default
export default application
