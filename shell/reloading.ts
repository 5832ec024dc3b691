/** Once on each thread that loads an application anew. */

import { register } from 'node:module'

register('./reload-hooks.js', import.meta.url)
