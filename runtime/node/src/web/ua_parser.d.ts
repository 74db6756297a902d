declare module 'ua-parser-js' {
  /** Parses the value of a `User-Agent` field. */
  export function UAParser(text?: string): object
}
