import { codedError } from '../base/coded_error.ts'

/** What a handler may write of a body. */
export type Chunk = string | Uint8Array

/** Throws node's error for what cannot be written. */
export function checkChunk(chunk: unknown): void {
  if (chunk === null)
    throw codedError(TypeError, 'ERR_STREAM_NULL_VALUES', 'May not write null values to stream')
  if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) {
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

/** Text that is not UTF-8 as bytes; the rest as it is. */
export function encode(chunk: Chunk, encoding: BufferEncoding | null | undefined): Chunk {
  if (typeof chunk !== 'string' || !encoding || encoding === 'utf8' || encoding === 'utf-8')
    return chunk
  return Buffer.from(chunk, encoding)
}
