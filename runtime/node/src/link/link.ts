import { fs, net } from '../base/builtins.ts'
import { FrameReader, type FrameHandler } from './frame_reader.ts'
import { FrameWriter } from './frame_writer.ts'

/** The descriptor on which the server passes a worker's end of the link. */
const linkDescriptor = 3

/** What a link reports to its owner besides frames. */
export interface LinkOwner extends FrameHandler {
  /** The server has ended or the connection has failed. */
  closed(): void
  /** The server has violated the protocol. */
  protocolError(): void
}

/**
 * The socket to the server: reads frames, and sends frames in one write in each turn of the event
 * loop.
 */
export class Link {
  readonly writer: FrameWriter
  readonly #socket: InstanceType<typeof net.Socket>
  /** Buffers passed to the socket that the kernel has not accepted yet. */
  #blocked = 0

  constructor(owner: LinkOwner) {
    const reader = new FrameReader(owner)
    this.writer = new FrameWriter((bytes, done) => this.#send(bytes, done))
    this.#socket = new net.Socket({
      fd: linkDescriptor,
      readable: true,
      writable: true,
      allowHalfOpen: true,
      onread: {
        buffer: () => reader.space(),
        callback: (count: number) => {
          if (!reader.advance(count)) owner.protocolError()
          return true
        },
      },
    } as ConstructorParameters<typeof net.Socket>[0])
    this.#socket.on('end', () => owner.closed())
    this.#socket.on('error', () => owner.closed())
    // A socket made from a descriptor does not read until it is resumed.
    this.#socket.resume()
  }

  /** Bytes that the kernel has not accepted yet, except those written in this turn. */
  get unsent(): number {
    return this.#socket.writableLength
  }

  /** Calls `callback` when the kernel has accepted everything written so far. */
  whenSent(callback: () => void): void {
    this.writer.flush()
    if (this.#blocked === 0) callback()
    else this.#socket.write('', callback)
  }

  /** Sends buffered bytes without the event loop, for a process about to exit. */
  flushSync(): void {
    if (this.#blocked > 0) return
    let bytes = this.writer.takePending()
    // The descriptor is non-blocking. The loop gives up on a server that does not read.
    for (let tries = 0; bytes.length > 0 && tries < 1000; ++tries) {
      try {
        bytes = bytes.subarray(fs.writeSync(linkDescriptor, bytes))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      }
    }
  }

  /**
   * Stops the link from keeping the process alive. Frames are still read and sent while something
   * else does.
   */
  unref(): void {
    this.#socket.unref()
  }

  #send(bytes: Buffer, done: () => void): void {
    let written = 0
    if (this.#blocked === 0) {
      // One plain system call; the socket sends what the kernel does not accept.
      try {
        written = fs.writeSync(linkDescriptor, bytes)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      }
      if (written === bytes.length) return done()
    }
    ++this.#blocked
    this.#socket.write(written === 0 ? bytes : bytes.subarray(written), () => {
      --this.#blocked
      done()
    })
  }
}
