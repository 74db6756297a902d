import {
  frameHeadSize,
  largestPayload,
  maxPayload,
  smallestPayload,
} from '../../../../protocol/generated/frames.ts'

/**
 * Hears the frames of a link. The payload is `bytes` from `start` to `end`, valid during the call.
 */
export interface FrameHandler {
  /** @returns false for a protocol error: nothing is read any more. */
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
 * Cuts the link's bytes into frames. It owns the buffer that the socket reads into, so that frames
 * are looked at where they arrived; only the cut-off beginning of a frame is ever moved.
 */
export class FrameReader {
  readonly #handler: FrameHandler
  #buffer = Buffer.allocUnsafeSlow(initialCapacity)
  /** Bytes at the buffer's front that are the beginning of a frame. */
  #kept = 0
  #failed = false

  constructor(handler: FrameHandler) {
    this.#handler = handler
  }

  /** Where the next bytes are to be put. Never empty. */
  space(): Buffer {
    return this.#kept === 0 ? this.#buffer : this.#buffer.subarray(this.#kept)
  }

  /**
   * `count` bytes were put at the front of {@link space}.
   * @returns false after a protocol error.
   */
  advance(count: number): boolean {
    if (this.#failed) return false
    const bytes = this.#buffer
    const end = this.#kept + count
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

  /** Moves what is left to the front, into a buffer that the whole frame fits. */
  #keep(at: number, end: number, needed: number): void {
    const from = this.#buffer
    this.#kept = end - at
    if (needed > from.length) this.#buffer = Buffer.allocUnsafeSlow(frameHeadSize + maxPayload)
    else if (from.length > initialCapacity && needed <= initialCapacity / 2) {
      this.#buffer = Buffer.allocUnsafeSlow(initialCapacity)
    }
    if (this.#kept > 0 && (at > 0 || this.#buffer !== from)) from.copy(this.#buffer, 0, at, end)
  }

  #fail(): false {
    this.#failed = true
    return false
  }
}

/** A little-endian u32. */
export function readU32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
  )
}

/** A little-endian u16. */
export function readU16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8)
}
