/**
 * Groups of clients that cost a server memory or slots: each keeps its connections until it is told
 * to close them. How the server treats them is not checked; the benchmark measures whether it stays
 * within its limits.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Clients that are connected. */
export interface Crowd {
  /** Returns the number of connections that the server has closed by now. */
  ended(): number
  leave(): Promise<void>
}

/** How many connect at the same time, so that they fit into the kernel's backlog. */
const batch = 100

async function gather(
  port: number,
  count: number,
  begin: (socket: Socket) => void,
): Promise<{ sockets: Socket[]; crowd: Crowd }> {
  const sockets: Socket[] = []
  let ended = 0
  const join = async (): Promise<void> => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.on('error', () => {}).once('close', () => ended++)
    await Promise.race([once(socket, 'connect'), once(socket, 'close')])
    sockets.push(socket)
    begin(socket)
  }
  while (sockets.length < count)
    await Promise.all(Array.from({ length: Math.min(batch, count - sockets.length) }, join))
  const leave = async (): Promise<void> => {
    const closed = sockets.filter((socket) => !socket.closed).map((socket) => once(socket, 'close'))
    for (const socket of sockets) socket.destroy()
    await Promise.all(closed)
  }
  return { sockets, crowd: { ended: () => ended, leave } }
}

/** Clients that keep an event stream open and read it. */
export async function streamReaders(port: number, count: number): Promise<Crowd> {
  let begun = 0
  let wake: () => void = () => {}
  const { crowd } = await gather(port, count, (socket) => {
    socket.write('GET /api/stream HTTP/1.1\r\nHost: endure\r\n\r\n')
    socket
      .once('data', () => {
        begun++
        wake()
      })
      .once('close', () => wake())
  })
  while (begun + crowd.ended() < count) await new Promise<void>((resolve) => (wake = resolve))
  return crowd
}

/** Clients that request a large file a hundred times at once and do not read. */
export async function deafPipeliners(port: number, count: number): Promise<Crowd> {
  const requests = 'GET /large.bin HTTP/1.1\r\nHost: endure\r\n\r\n'.repeat(100)
  const { crowd } = await gather(port, count, (socket) => {
    socket.pause()
    socket.write(requests)
  })
  return crowd
}

/**
 * Clients whose upload, which middleware reads first, arrives nearly completely at once and then a
 * few bytes at a time.
 */
export async function slowUploaders(port: number, count: number, bytes: number): Promise<Crowd> {
  const head = `POST /api/upload HTTP/1.1\r\nHost: endure\r\nContent-Length: ${bytes}\r\n\r\n`
  const most = Buffer.alloc(Math.floor(bytes * 0.9), 'x')
  const { sockets, crowd } = await gather(port, count, (socket) => {
    socket.resume()
    socket.write(head)
    socket.write(most)
  })
  const trickle = setInterval(() => {
    for (const socket of sockets)
      if (socket.writable && socket.writableLength === 0) socket.write('x')
  }, 1_000)
  const leave = async (): Promise<void> => {
    clearInterval(trickle)
    await crowd.leave()
  }
  return { ended: crowd.ended, leave }
}
