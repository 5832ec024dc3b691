/** The former name of header-value.ts; to go once nobody imports it. */

// biome-ignore lint/performance/noBarrelFile: forwards until its three importers have moved
export type { HeaderInput, HeaderInputs, HeaderName, HeaderTypes, HeaderValue } from './header-value.js'
