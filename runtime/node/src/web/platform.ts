/**
 * The platform's classes as they were when the worker began, for the runtime's own use: a project,
 * a polyfill or jsdom may put others into the globals, and node's own classes would take nothing of
 * theirs for what it is.
 */
const {
  AbortController,
  AbortSignal,
  Blob,
  DOMException,
  Event,
  EventTarget,
  TextDecoder,
  URL,
  URLSearchParams,
} = globalThis
export { AbortController, Blob, DOMException, TextDecoder, URL, URLSearchParams }

/**
 * Node's own stream class. Not taken before somebody needs it: its first use takes node some
 * milliseconds.
 */
export function streamClass(): typeof ReadableStream {
  return process.getBuiltinModule('node:stream/web')
    .ReadableStream as unknown as typeof ReadableStream
}

/**
 * Puts node's classes back into the globals for as long as node loads the code that takes them from
 * there.
 * @returns what puts the project's back.
 */
export function restorePlatform(): () => void {
  const { File } = process.getBuiltinModule('node:buffer')
  const { MessagePort } = process.getBuiltinModule('node:worker_threads')
  const platform = {
    AbortSignal,
    Blob,
    Event,
    EventTarget,
    File,
    MessagePort,
    ReadableStream: streamClass(),
    URL,
    URLSearchParams,
  }
  const replaced: Record<string, unknown> = {}
  for (const [name, own] of Object.entries(platform)) {
    const current: unknown = Reflect.get(globalThis, name)
    if (current === own) continue
    replaced[name] = current
    Reflect.set(globalThis, name, own)
  }
  return () => void Object.assign(globalThis, replaced)
}
