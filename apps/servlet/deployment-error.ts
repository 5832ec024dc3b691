/** Why an application cannot be deployed, with the place in its files where that can be seen. */

export interface DeploymentFault {
  /** As the user would name it, such as `chat/WEB-INF/sip.xml`. */
  readonly file?: string | undefined
  /** From 1. */
  readonly line?: number | undefined
  readonly why: string
  readonly cause?: unknown
}

/** Its message is one line, `FILE:LINE: WHY`. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError'
  readonly code = 'SIP_ERR_DEPLOYMENT'
  readonly file: string | undefined
  readonly line: number | undefined

  constructor({ file, line, why, cause }: DeploymentFault) {
    const place = file === undefined ? '' : line === undefined ? `${file}: ` : `${file}:${line}: `
    super(`${place}${why}`, cause === undefined ? {} : { cause })
    this.file = file
    this.line = line
  }
}
