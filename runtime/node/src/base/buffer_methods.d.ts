// Methods of Node.js's Buffer that its types omit: the native calls behind toString() and write().
declare global {
  interface Buffer {
    latin1Slice(start: number, end: number): string
    utf8Slice(start: number, end: number): string
    latin1Write(text: string, offset: number): number
    utf8Write(text: string, offset: number): number
  }
}

export {}
