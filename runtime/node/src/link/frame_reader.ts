import {
  frameHeadSize,
  largestPayload,
  maxPayload,
  smallestPayload,
} from '../../../../protocol/generated/frames.ts'

/**
 * Receives the frames of a link. The payload is `bytes` from `start` to `end`, valid during the
 * call.
 */
export interface FrameHandler {
  /** @returns false for a protocol error: nothing more is read. */
  frame(
    kind: number,
    flags: number,
    stream: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): boolean
}

const initialCapacity = 128 * 1024

/**
 * Splits the link's bytes into frames. It owns the buffer that the socket reads into, so that
 * frames are parsed in place; only the beginning of an incomplete frame is ever moved.
 */
export class FrameReader {
  readonly #handler: FrameHandler
  #buffer = Buffer.allocUnsafeSlow(initialCapacity)
  /** Bytes at the front of the buffer that are the beginning of a frame. */
  #partial = 0
  #failed = false

  constructor(handler: FrameHandler) {
    this.#handler = handler
  }

  /** The memory to read the next bytes into. Never empty. */
  space(): Buffer {
    return this.#partial === 0 ? this.#buffer : this.#buffer.subarray(this.#partial)
  }

  /**
   * Parses `count` bytes that were read to the front of {@link space}.
   * @returns false after a protocol error.
   */
  advance(count: number): boolean {
    if (this.#failed) return false
    const bytes = this.#buffer
    const end = this.#partial + count
    let at = 0
    while (end - at >= frameHeadSize) {
      const length = readU32(bytes, at)
      const kind = bytes[at + 4]!
      if (length < smallestPayload[kind]! || length > largestPayload[kind]!) return this.#fail()
      const next = at + frameHeadSize + length
      if (next > end) {
        this.#keep(at, end, next - at)
        return true
      }
      const upper = readU16(bytes, at + 6)
      const stream =
        upper === 0 ? readU32(bytes, at + 8) : upper * 0x1_0000_0000 + readU32(bytes, at + 8)
      if (!this.#handler.frame(kind, bytes[at + 5]!, stream, bytes, at + frameHeadSize, next)) {
        return this.#fail()
      }
      at = next
    }
    this.#keep(at, end, frameHeadSize)
    return true
  }

  /** Moves the remaining bytes to the front, into a buffer that the complete frame fits into. */
  #keep(at: number, end: number, needed: number): void {
    const from = this.#buffer
    this.#partial = end - at
    if (needed > from.length) this.#buffer = Buffer.allocUnsafeSlow(frameHeadSize + maxPayload)
    else if (from.length > initialCapacity && needed <= initialCapacity / 2) {
      this.#buffer = Buffer.allocUnsafeSlow(initialCapacity)
    }
    if (this.#partial > 0 && (at > 0 || this.#buffer !== from)) from.copy(this.#buffer, 0, at, end)
  }

  #fail(): false {
    this.#failed = true
    return false
  }
}

/** Reads a little-endian u32. */
export function readU32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
  )
}

/** Reads a little-endian u16. */
export function readU16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8)
}
