/**
 * Puts the light classes in the places of node's own, for all code that is loaded afterwards. To be
 * imported before any route is.
 */
import { asyncHooks } from '../base/async_hooks.ts'
import { Headers } from './headers.ts'
import { nativeFetch } from './native.ts'
import { platformInput, Request } from './request.ts'
import { platformResponse, Response } from './response.ts'

function fetch(input: unknown, init?: unknown): Promise<unknown> {
  // A promise even where the argument cannot be taken.
  try {
    return nativeFetch(platformInput(input) as string, init as RequestInit)
  } catch (error) {
    return Promise.reject(error)
  }
}

// Assigned, not defined: node's own are lazy properties, and to define anything over one loads it,
// 30 ms and 11 MB for fetch. They keep their being enumerable or not.
Object.assign(globalThis, {
  AsyncLocalStorage: asyncHooks.AsyncLocalStorage,
  Headers,
  Request,
  Response,
  fetch,
})

// Besides fetch they are what in the platform takes a response, node's own.
for (const name of ['compileStreaming', 'instantiateStreaming'] as const) {
  const original = WebAssembly[name] as (source: unknown, ...rest: unknown[]) => Promise<unknown>
  const streaming = {
    [name]: (source: unknown, ...rest: unknown[]) =>
      original.call(WebAssembly, Promise.resolve(source).then(platformResponse), ...rest),
  }
  Object.assign(WebAssembly, streaming)
}

// Packages know by a global of such a name that they run under Next.js: those of GraphQL Yoga then
// leave the platform's fetch classes in their place.
Object.assign(globalThis, { __NEXT_COMPATIBLE: 'millrace' })
