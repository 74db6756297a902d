/**
 * Writes and reads frames of the link by hand, for tests that speak to a server or to a worker.
 */
import {
  frameHeadSize,
  InvokeHead,
  Kind,
  ResponseHead,
} from '../../../protocol/generated/frames.ts'

/** One frame as received. */
export interface Frame {
  readonly kind: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** Encodes a frame without any check, so that tests can send invalid ones. */
export function frame(
  kind: number,
  stream: number,
  payload: Uint8Array | string = '',
  flags = 0,
): Buffer {
  const bytes = Buffer.from(payload)
  const head = Buffer.alloc(frameHeadSize)
  head.writeUInt32LE(bytes.length, 0)
  head[4] = kind
  head[5] = flags
  head.writeUInt16LE(Math.floor(stream / 2 ** 32), 6)
  head.writeUInt32LE(stream % 2 ** 32, 8)
  return Buffer.concat([head, bytes])
}

/** Encodes a frame whose payload is JSON. */
export function jsonFrame(kind: number, value: unknown): Buffer {
  return frame(kind, 0, JSON.stringify(value))
}

/** Encodes the payload of `response`. */
export function responsePayload(
  status: number,
  fields: string,
  body: string | Uint8Array = '',
  reason = '',
): Buffer {
  const head = Buffer.alloc(ResponseHead.size)
  head.writeUInt16LE(status, ResponseHead.status)
  head.writeUInt16LE(reason.length, ResponseHead.reasonLength)
  head.writeUInt32LE(fields.length, ResponseHead.fieldsLength)
  return Buffer.concat([head, Buffer.from(reason + fields, 'latin1'), Buffer.from(body)])
}

/** The content of an `invoke` frame. */
export interface Invoke {
  readonly generation: number
  readonly route: number
  readonly method: string
  readonly remoteAddress: string
  readonly target: string
  readonly parameters: string
  readonly fields: string
}

/** Encodes the payload of `invoke` for an ordinary HTTP/1.1 client. */
export function invokePayload(invoke: Invoke): Buffer {
  const head = Buffer.alloc(InvokeHead.size)
  head.writeUInt32LE(invoke.generation, InvokeHead.generation)
  head.writeUInt32LE(invoke.route, InvokeHead.route)
  head.writeUInt32LE(invoke.target.length, InvokeHead.targetLength)
  head.writeUInt32LE(invoke.parameters.length, InvokeHead.parametersLength)
  head.writeUInt32LE(invoke.fields.length, InvokeHead.fieldsLength)
  head.writeUInt16LE(invoke.method.length, InvokeHead.methodLength)
  head.writeUInt16LE(invoke.remoteAddress.length, InvokeHead.remoteAddressLength)
  head.writeUInt16LE(50_000, InvokeHead.remotePort)
  head[InvokeHead.httpVersion] = 11
  const { method, remoteAddress, target, parameters, fields } = invoke
  return Buffer.concat([
    head,
    Buffer.from(method + remoteAddress + target + parameters + fields, 'latin1'),
  ])
}

/** Parses the payload of `invoke`. */
export function parseInvoke(payload: Buffer): Invoke {
  let at = InvokeHead.size
  const take = (length: number) => payload.toString('latin1', at, (at += length))
  return {
    generation: payload.readUInt32LE(InvokeHead.generation),
    route: payload.readUInt32LE(InvokeHead.route),
    method: take(payload.readUInt16LE(InvokeHead.methodLength)),
    remoteAddress: take(payload.readUInt16LE(InvokeHead.remoteAddressLength)),
    target: take(payload.readUInt32LE(InvokeHead.targetLength)),
    parameters: take(payload.readUInt32LE(InvokeHead.parametersLength)),
    fields: take(payload.readUInt32LE(InvokeHead.fieldsLength)),
  }
}

/** Parses the payload of `response`. */
export function parseResponse(payload: Buffer): {
  status: number
  reason: string
  fields: string
  body: Buffer
} {
  const reasonEnd = ResponseHead.size + payload.readUInt16LE(ResponseHead.reasonLength)
  const fieldsEnd = reasonEnd + payload.readUInt32LE(ResponseHead.fieldsLength)
  return {
    status: payload.readUInt16LE(ResponseHead.status),
    reason: payload.toString('latin1', ResponseHead.size, reasonEnd),
    fields: payload.toString('latin1', reasonEnd, fieldsEnd),
    body: payload.subarray(fieldsEnd),
  }
}

/** Splits a byte stream into frames. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0)

  /** Returns the frames that are complete now. */
  push(bytes: Uint8Array): Frame[] {
    this.#rest = Buffer.concat([this.#rest, bytes])
    const frames: Frame[] = []
    while (this.#rest.length >= frameHeadSize) {
      const end = frameHeadSize + this.#rest.readUInt32LE(0)
      if (this.#rest.length < end) break
      frames.push({
        kind: this.#rest[4]!,
        flags: this.#rest[5]!,
        stream: this.#rest.readUInt16LE(6) * 2 ** 32 + this.#rest.readUInt32LE(8),
        payload: this.#rest.subarray(frameHeadSize, end),
      })
      this.#rest = this.#rest.subarray(end)
    }
    return frames
  }
}

/** Returns a kind's name, for messages. */
export function kindName(kind: number): string {
  return Object.entries(Kind).find(([, value]) => value === kind)?.[0] ?? `kind ${kind}`
}
