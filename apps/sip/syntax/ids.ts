/** Branches, tags, Call-IDs and CSeq numbers from an injected source of randomness: §8.1.1, §19.3. */

/** Cryptographically random numbers (§19.3); tests inject a seeded one. */
export interface Random {
  /** An integer from 0 to 2^32 - 1. */
  uint32(): number
}

/** Draws many numbers at once: `pooledRandom(pool => crypto.getRandomValues(pool))`. */
export function pooledRandom(fill: (pool: Uint32Array) => unknown, size: number = 4096): Random {
  const pool = new Uint32Array(size)
  let at = size
  return {
    uint32: () => {
      if (at >= size) {
        fill(pool)
        at = 0
      }
      return pool[at++] ?? 0
    },
  }
}

/** §8.1.1.7: says that the branch is unique. */
export const magicCookie = 'z9hG4bK'

/** The cookie and 90 random bits. */
export function newBranch(random: Random): string {
  return magicCookie + letters(random) + letters(random) + letters(random)
}

/** 60 random bits; §19.3 asks for 32. */
export function newTag(random: Random): string {
  return letters(random) + letters(random)
}

/** 120 random bits. No host is appended: nothing needs it, and it tells where the caller sits. */
export function newCallId(random: Random): string {
  return letters(random) + letters(random) + letters(random) + letters(random)
}

/** A first CSeq number, 1 to 2^30: far below 2^31 so that it can grow (§8.1.1.5). */
export function newCSeq(random: Random): number {
  return (random.uint32() >>> 2) + 1
}

// Tokens compare without case, so there are 32 letters of 5 bits each.
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
const pairs: readonly string[] = Array.from(
  { length: 1024 },
  (_, at) => alphabet.charAt(at >> 5) + alphabet.charAt(at & 31),
)

/** 30 bits in six letters. */
function letters(random: Random): string {
  const bits = random.uint32()
  return pair(bits) + pair(bits >>> 10) + pair(bits >>> 20)
}

function pair(bits: number): string {
  return pairs[bits & 1023] ?? ''
}
