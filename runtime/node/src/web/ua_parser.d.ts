declare module 'ua-parser-js' {
  /** What a `User-Agent` field's value says. */
  export function UAParser(text?: string): object
}
