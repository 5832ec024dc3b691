/** The former name of header-value.ts; to go once nobody imports it. */

export type { HeaderInputs } from './header-value.js'
