import { flagEnd, Kind } from '../../../../protocol/generated/frames.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { readU32 } from '../link/frame_reader.ts'

/**
 * Gives a frame of a stream to its invocation; undefined: the stream has ended while the frame was
 * in transit.
 * @returns false if the frame breaks the protocol.
 */
export function streamFrame(
  kind: number,
  flags: number,
  invocation: Invocation | undefined,
  bytes: Buffer,
  start: number,
  end: number,
): boolean {
  switch (kind) {
    case Kind.body:
      return invocation?.receiveBody(bytes, start, end, (flags & flagEnd) !== 0) ?? true
    case Kind.end:
      return invocation?.receiveBody(bytes, start, start, true) ?? true
    case Kind.credit:
      return invocation?.receiveCredit(readU32(bytes, start)) ?? true
    case Kind.abort:
      invocation?.receiveAbort(bytes[start]!)
      return true
    case Kind.drain:
      invocation?.receiveDrain()
      return true
    default:
      return false
  }
}
