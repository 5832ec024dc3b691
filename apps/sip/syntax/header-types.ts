/** The former name of header-value.ts; to go once nobody imports it. */

export type { HeaderInput, HeaderInputs, HeaderName, HeaderTypes, HeaderValue } from './header-value.js'
