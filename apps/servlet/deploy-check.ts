/** What would become of an application if it were dropped: all that can be known without a container. */

import { basename, resolve } from 'node:path'
import { AppCache } from './app-cache.js'
import { isArchive, readAppFiles } from './app-files.js'
import { DeploymentError } from './deployment-error.js'
import type { AppDescriptor } from './descriptor.js'
import { SipServlet } from './sip-servlet.js'

/** Loads a folder or archive, and starts nothing of it. Rejects with DeploymentError for what cannot be deployed. */
export async function checkDeployment(path: string): Promise<AppDescriptor> {
  const full = resolve(path)
  const name = basename(full)
  const cache = await AppCache.open()
  try {
    const placed = await cache.place(name, await readAppFiles(full, name), isArchive(name) ? undefined : full)
    const app = await placed.load()
    for (const servlet of app.servlets) {
      if (servlet.class.prototype instanceof SipServlet) continue
      const why = `the class ${servlet.class.name} of the servlet ${servlet.name} does not extend SipServlet`
      throw new DeploymentError({ file: name, why })
    }
    return app
  } finally {
    await cache.close()
  }
}
