import { types } from 'node:util'

import { codedError } from '../base/coded_error.ts'

/** A part of a body that a handler can write. */
export type Chunk = string | Uint8Array

/** Throws Node.js's error for a value that cannot be written. */
export function checkChunk(chunk: unknown): void {
  if (chunk === null)
    throw codedError(TypeError, 'ERR_STREAM_NULL_VALUES', 'May not write null values to stream')
  // Bytes of a sandbox are of another realm.
  if (typeof chunk !== 'string' && !types.isUint8Array(chunk)) {
    const type =
      typeof chunk === 'object'
        ? `an instance of ${chunk?.constructor?.name}`
        : `type ${typeof chunk}`
    throw codedError(
      TypeError,
      'ERR_INVALID_ARG_TYPE',
      `The "chunk" argument must be of type string or an instance of Buffer or Uint8Array. Received ${type}`,
    )
  }
}

/** Encodes text that is not UTF-8 to bytes; returns everything else unchanged. */
export function encode(chunk: Chunk, encoding: BufferEncoding | null | undefined): Chunk {
  if (typeof chunk !== 'string' || !encoding || encoding === 'utf8' || encoding === 'utf-8')
    return chunk
  return Buffer.from(chunk, encoding)
}
