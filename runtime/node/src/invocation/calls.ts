const utf8 = new TextEncoder()

/**
 * Calls a listener. What it throws is raised as an uncaught error of the process and does not
 * interrupt the caller.
 */
export function call(listener: () => void): void {
  try {
    listener()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

/** Returns the bytes of a part of a body: those of its UTF-8, for text. */
export function toBytes(chunk: string | Uint8Array): Uint8Array {
  return typeof chunk === 'string' ? utf8.encode(chunk) : chunk
}
