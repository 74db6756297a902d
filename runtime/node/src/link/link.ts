import { fs, net } from '../base/builtins.ts'
import { FrameReader, type FrameHandler } from './frame_reader.ts'
import { FrameWriter } from './frame_writer.ts'

/** The descriptor at which the server puts a worker's end of the link. */
const linkDescriptor = 3

/** What a link tells its owner besides frames. */
export interface LinkOwner extends FrameHandler {
  /** The server is gone or the connection broke. */
  closed(): void
  /** The server broke the protocol. */
  protocolError(): void
}

/** The socket to the server: frames in, and frames out in one write for each turn of the loop. */
export class Link {
  readonly writer: FrameWriter
  readonly #socket: InstanceType<typeof net.Socket>
  /** Bytes given to the socket that the kernel has not taken yet. */
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
    // A socket made from a descriptor waits until it is asked to read.
    this.#socket.resume()
  }

  /** Bytes that the kernel has not taken yet, but for those of this turn. */
  get unsent(): number {
    return this.#socket.writableLength
  }

  /** Calls back when everything that was written has been taken by the kernel. */
  whenSent(callback: () => void): void {
    this.writer.flush()
    if (this.#blocked === 0) callback()
    else this.#socket.write('', callback)
  }

  /** Sends what waits, without the event loop: for a process about to exit. */
  flushSync(): void {
    if (this.#blocked > 0) return
    let bytes = this.writer.takePending()
    // The descriptor does not block; a server that does not read for so long has other troubles.
    for (let tries = 0; bytes.length > 0 && tries < 1000; ++tries) {
      try {
        bytes = bytes.subarray(fs.writeSync(linkDescriptor, bytes))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      }
    }
  }

  /** No longer keeps the process alive; frames come and go as long as something else does. */
  unref(): void {
    this.#socket.unref()
  }

  #send(bytes: Buffer, done: () => void): void {
    let written = 0
    if (this.#blocked === 0) {
      // One plain system call; the socket takes what the kernel does not.
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
