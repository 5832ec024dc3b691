/** What an importer of SIPp's XML says of what it cannot play. */

/** The message is `LINE: what is wrong`. */
export class SippFault extends TypeError {
  override readonly name = 'SippFault'

  constructor(line: number, what: string) {
    super(`${line}: ${what}`)
  }
}
