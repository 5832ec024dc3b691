/** The two functions used of sdp-transform, which comes without types of its own. */
declare module 'sdp-transform' {
  export function parse(text: string): import('./session-description.js').SessionDescription
  export function write(description: import('./session-description.js').SessionDescription): string
}
