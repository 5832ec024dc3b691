/** Texts that are kept for long, apart from the messages that they were cut out of. */

/** Shorter ones are copied by the engine. */
const SHORTEST = 13

/** The same text in memory of its own: a part of a text keeps all of it alive. What is joined is copied to be cut again. */
export function apart(text: string): string {
  return text.length < SHORTEST ? text : `${text} `.substring(0, text.length)
}
