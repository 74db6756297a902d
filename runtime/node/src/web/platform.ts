/**
 * The platform's classes as they were when the worker started, for the runtime's own use. A
 * project, a polyfill or jsdom may replace the globals, and Node.js's own classes do not accept
 * objects of other classes.
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
 * Returns Node.js's own stream class. Loaded on demand, because its first use takes some
 * milliseconds.
 */
export function streamClass(): typeof ReadableStream {
  return process.getBuiltinModule('node:stream/web')
    .ReadableStream as unknown as typeof ReadableStream
}

/**
 * Puts Node.js's classes back into the globals while Node.js loads code that reads them there.
 * @returns a function that restores the project's.
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
