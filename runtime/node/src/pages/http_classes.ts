import { onHttpImport } from '../project/modules.ts'
import { NodeServer } from './node_server.ts'
import { noteOpenPair, takeOpenPairs } from './open_pairs.ts'
import { OutgoingHead } from './outgoing_head.ts'
import { internalsOf, OutgoingResponse } from './outgoing_response.ts'
import { ApiRequest } from './request.ts'
import { addSymbols } from './response_internals.ts'
import { ApiResponse } from './response.ts'

let requestProperties: PropertyDescriptorMap | null = null
let responseProperties: PropertyDescriptorMap | null = null

let watching = false

/**
 * Must be called for each pair. Once node:http has been imported, pairs are instances of its
 * classes and have own properties for all members: frameworks such as Express replace the
 * prototypes of the objects that they get, and Millrace's members must remain.
 */
export function notePair(req: ApiRequest, res: ApiResponse): void {
  if (!watching) {
    watching = true
    // Not before node:http is imported: other projects do not pay for loading it.
    onHttpImport(joinHttpClasses)
  }
  if (responseProperties === null) noteOpenPair(res)
  else {
    Object.defineProperties(req, requestProperties!)
    Object.defineProperties(res, responseProperties)
  }
}

/**
 * Makes `req` and `res` instances of node:http's classes from now on, including those in flight.
 */
function joinHttpClasses(): void {
  const http = process.getBuiltinModule('node:http')
  Object.setPrototypeOf(ApiRequest.prototype, http.IncomingMessage.prototype)
  Object.setPrototypeOf(OutgoingHead.prototype, http.ServerResponse.prototype)
  Object.setPrototypeOf(NodeServer.prototype, http.Server.prototype)
  addSymbols(
    OutgoingResponse.prototype,
    new http.ServerResponse(new http.IncomingMessage(null as never)),
    internalsOf,
  )
  linkHeaders(new http.IncomingMessage(null as never))
  requestProperties = propertiesOf(ApiRequest.prototype)
  responseProperties = {
    ...propertiesOf(OutgoingHead.prototype),
    ...propertiesOf(OutgoingResponse.prototype),
    ...propertiesOf(ApiResponse.prototype),
  }
  takeOpenPairs((req, res) => {
    defineMissing(req, requestProperties!)
    defineMissing(res, responseProperties!)
  })
}

/**
 * Node.js's getter of `headers` reads the number of `rawHeaders` entries that is stored under a
 * symbol.
 */
function linkHeaders(template: object): void {
  for (const symbol of Object.getOwnPropertySymbols(template)) {
    const { description } = symbol
    if (description === 'kHeadersCount') {
      Object.defineProperty(ApiRequest.prototype, symbol, {
        get(this: ApiRequest) {
          return this.rawHeaders.length
        },
        configurable: true,
      })
    } else if (/^k(?:Headers|Trailers|Abort)/.test(description ?? '')) {
      Object.defineProperty(ApiRequest.prototype, symbol, {
        value: Reflect.get(template, symbol),
        writable: true,
        configurable: true,
      })
    }
  }
}

/** Defines properties that the object does not have itself. */
function defineMissing(object: object, properties: PropertyDescriptorMap): void {
  for (const key of Reflect.ownKeys(properties)) {
    if (!Object.hasOwn(object, key)) Object.defineProperty(object, key, properties[key as string]!)
  }
}

function propertiesOf(prototype: object): PropertyDescriptorMap {
  const { constructor: _, ...properties } = Object.getOwnPropertyDescriptors(
    prototype,
  ) as PropertyDescriptorMap
  return properties
}
