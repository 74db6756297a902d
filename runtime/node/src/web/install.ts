/**
 * Puts the light classes in the places of node's own, for all code that is loaded afterwards. To be
 * imported before any route is.
 */
import { Headers } from './headers.ts'
import { nativeFetch } from './native.ts'
import { platformInput, Request } from './request.ts'
import { Response } from './response.ts'

function fetch(input: unknown, init?: unknown): Promise<unknown> {
  // A promise even where the argument cannot be taken.
  try {
    return nativeFetch(platformInput(input) as string, init as RequestInit)
  } catch (error) {
    return Promise.reject(error)
  }
}

for (const [name, value] of Object.entries({ Headers, Request, Response, fetch })) {
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true })
}
// As node has it.
Object.defineProperty(globalThis, 'fetch', { enumerable: true })
