/** `node dist/test/fuzz/fuzz.js SECONDS [SEED]` */

import { fuzz } from './fuzzer.js'

const seconds = Number(process.argv[2] ?? 10)
const seed = Number(process.argv[3] ?? process.hrtime.bigint() % 1_000_000_007n)
const before = process.memoryUsage().heapUsed
const tried = fuzz(seconds, seed)
const grown = Math.round((process.memoryUsage().heapUsed - before) / 1024)
console.log(
  `seed ${seed}: ${tried} texts in ${seconds} s, no fault; heap ${grown >= 0 ? '+' : ''}${grown} KB before collection`,
)
