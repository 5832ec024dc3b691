/** What somebody may have meant who typed a word that is not known. */

/** ` (did you mean serve?)`, or an empty text when no word is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  let nearest = ''
  let least = Math.max(1, Math.ceil(word.length / 3)) + 1
  for (const candidate of known) {
    const distance = candidate.startsWith(word) ? 0 : edits(word, candidate)
    if (distance < least) {
      least = distance
      nearest = candidate
    }
  }
  return nearest === '' ? '' : ` (did you mean ${nearest}?)`
}

/** Letters to insert, remove or replace to make one of the other: Levenshtein. */
function edits(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [row, letter] of [...from].entries()) {
    const line = [row + 1]
    for (let column = 0; column < to.length; column++) {
      const replaced = (above[column] ?? 0) + (letter === to[column] ? 0 : 1)
      line.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1))
    }
    above = line
  }
  return above.at(-1) ?? 0
}
