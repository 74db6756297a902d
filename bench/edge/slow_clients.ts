/**
 * Measures what clients cost that are idle, or send a byte every ten seconds: memory for each, the
 * latency of others beside them, and when the limits close them.
 */
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { memoryBytes } from '../compare/processes.ts'
import { load, Scale } from '../scale/server.ts'

/** How a crowd of clients behaves; `start` is called when all are connected. */
interface Crowd {
  readonly name: string
  readonly start: (clients: readonly Socket[]) => Promise<void>
  /** Called every ten seconds. */
  readonly step: (client: Socket, turn: number) => void
}

const head = `POST /api/hello HTTP/1.1\r\nHost: slow\r\nContent-Length: 1000000\r\nX-Padding: ${'x'.repeat(1000)}\r\n\r\n`

const crowds: readonly Crowd[] = [
  { name: 'idle, never used', start: async () => {}, step: () => {} },
  {
    name: 'idle after a request',
    start: async (clients) => {
      for (const client of clients) {
        client.write('GET /api/hello HTTP/1.1\r\nHost: slow\r\n\r\n')
        await once(client, 'data')
      }
    },
    step: () => {},
  },
  {
    name: 'a byte of the head every 10 s',
    start: async (clients) => {
      for (const client of clients) client.write(head[0]!)
    },
    step: (client, turn) => client.write(head[turn]!),
  },
  {
    name: 'a byte of the body every 10 s',
    start: async (clients) => {
      for (const client of clients) client.write(head)
    },
    step: (client) => client.write('x'),
  },
]

/** Milliseconds between two bytes. */
const interval = 10_000
/** After so many milliseconds the limits must have closed the clients. */
const patience = 200_000

async function connectAll(port: number, count: number): Promise<Socket[]> {
  const clients: Socket[] = []
  while (clients.length < count) {
    const some = Array.from({ length: Math.min(100, count - clients.length) }, () =>
      connect({ port, host: '127.0.0.1', noDelay: true }).on('error', () => {}),
    )
    await Promise.all(some.map((socket) => once(socket, 'connect')))
    for (const socket of some) socket.resume()
    clients.push(...some)
  }
  return clients
}

/** Prints a table of all crowds of `count` clients, with the default limits. */
export async function slowClients(count: number): Promise<void> {
  console.log(
    `| ${count} clients | KB each | p99 alone, ms | p99 beside them, ms | all closed after, s |`,
  )
  console.log('| --- | --: | --: | --: | --: |')
  for (const crowd of crowds) {
    await using server = await Scale.start('[pools.default]\nmin = 1\nmax = 1\n')
    const measure = () => load(server.port, '/api/hello', 16, 3)
    await measure()
    const alone = await measure()
    const before = memoryBytes(server.pid)
    const began = performance.now()
    const clients = await connectAll(server.port, count)
    await crowd.start(clients)
    await pause(1000)
    const bytes = (memoryBytes(server.pid) - before) / count
    const beside = await measure()
    let open = clients.filter(({ destroyed }) => !destroyed)
    for (let turn = 1; open.length > 0 && performance.now() - began < patience; turn++) {
      for (const client of open) crowd.step(client, turn)
      await Promise.race([
        pause(interval),
        Promise.all(open.map((client) => once(client, 'close').catch(() => undefined))),
      ])
      open = open.filter(({ destroyed }) => !destroyed)
    }
    const closed = open.length === 0 ? ((performance.now() - began) / 1000).toFixed(0) : 'never'
    console.log(
      `| ${crowd.name} | ${(bytes / 1024).toFixed(1)} | ${alone.p99.toFixed(2)} | ${beside.p99.toFixed(2)} | ${closed} |`,
    )
    for (const client of clients) client.destroy()
  }
}

if (import.meta.main) await slowClients(Number(process.argv[2] ?? 10_000))
