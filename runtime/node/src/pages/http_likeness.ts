import { OutgoingResponse } from './outgoing_response.ts'
import type { ApiRequest } from './request.ts'
import type { ApiResponse } from './response.ts'

let requestProperties: PropertyDescriptorMap | null = null
let responseProperties: PropertyDescriptorMap | null = null

/**
 * Makes `req` and `res` instances of node:http's classes from now on. Called when a route's code has
 * imported node:http, so that one which does not is spared its loading.
 */
export function joinHttpClasses(request: typeof ApiRequest, response: typeof ApiResponse): void {
  if (requestProperties !== null) return
  const http = process.getBuiltinModule('node:http')
  Object.setPrototypeOf(request.prototype, http.IncomingMessage.prototype)
  Object.setPrototypeOf(OutgoingResponse.prototype, http.ServerResponse.prototype)
  requestProperties = propertiesOf(request.prototype)
  responseProperties = { ...propertiesOf(OutgoingResponse.prototype), ...propertiesOf(response.prototype) }
}

/**
 * Gives a pair properties of its own for everything: frameworks such as Express replace the
 * prototypes of what they are handed, and what is ours has to stay.
 */
export function ownProperties(req: ApiRequest, res: ApiResponse): void {
  if (requestProperties === null || responseProperties === null) return
  Object.defineProperties(req, requestProperties)
  Object.defineProperties(res, responseProperties)
}

function propertiesOf(prototype: object): PropertyDescriptorMap {
  const { constructor: _, ...properties } = Object.getOwnPropertyDescriptors(prototype) as PropertyDescriptorMap
  return properties
}
