/**
 * Answers one question after the other, each with a server of its own.
 */
import { parseArgs } from 'node:util'
import { setTimeout as pause } from 'node:timers/promises'
import { cpuMicroseconds, memoryBytes } from '../compare/processes.ts'
import { Client, load, Scale } from './server.ts'

const questions: Readonly<Record<string, () => Promise<void>>> = {
  load: loads,
  idle,
  cold,
  reload,
  refuse,
  neighbour,
}

const usage = `usage: bench/scale/run [question...]

  load        requests/s, p99 and CPU per request, from 1 to 4,096 connections, with 1 and 2 workers
  idle        memory of 10,000 idle connections
  cold        from no worker to the response, 100 times; memory of the server alone
  reload      requests that fail during deploys under load
  refuse      how fast the 503 comes when all workers are blocked and the queue is full
  neighbour   p99 of a fast route while another blocks a worker for 2 s of every 3

Runs all of them without arguments. MILLRACE names the executable, by default that of build/release. Needs wrk.`

const { values, positionals } = parseArgs({
  options: { help: { type: 'boolean' } },
  allowPositionals: true,
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}
for (const name of positionals.length > 0 ? positionals : Object.keys(questions)) {
  const question = questions[name]
  if (question === undefined) throw new Error(`unknown question ${name}\n${usage}`)
  console.log(`\n## ${name}\n`)
  await question()
}

function distribution(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(2)
  return `p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, longest ${at(1)} ms`
}

async function loads(): Promise<void> {
  console.log(
    '| workers | connections | requests/s | p50 ms | p99 ms | CPU µs a request | failed |\n| --: | --: | --: | --: | --: | --: | --: |',
  )
  for (const workers of [1, 2]) {
    await using server = await Scale.start(`[pools.default]\nmin = ${workers}\nmax = ${workers}\n`)
    await load(server.port, '/api/hello', 64, 1)
    for (const connections of [1, 16, 64, 256, 1024, 4096]) {
      const before = cpuMicroseconds(server.pid)
      const { requests, perSecond, p50, p99, failed } = await load(
        server.port,
        '/api/hello',
        connections,
        3,
      )
      const cpu = (cpuMicroseconds(server.pid) - before) / requests
      console.log(
        `| ${workers} | ${connections} | ${perSecond.toFixed(0)} | ${p50.toFixed(2)} | ${p99.toFixed(2)} | ${cpu.toFixed(1)} | ${failed} |`,
      )
    }
  }
}

async function idle(): Promise<void> {
  const count = 10_000
  await using server = await Scale.start('[pools.default]\nmin = 1\nmax = 1\n')
  await load(server.port, '/api/hello', 64, 1)
  const before = memoryBytes(server.pid)
  const clients: Client[] = []
  while (clients.length < count) {
    const some = await Promise.all(Array.from({ length: 100 }, () => Client.connect(server.port)))
    for (const client of some) await client.get('/api/hello')
    clients.push(...some)
  }
  const bytes = (memoryBytes(server.pid) - before) / count
  console.log(
    `${count} connections, each used once: ${(bytes / 1024).toFixed(1)} KB each in server and worker`,
  )
  for (const client of clients) client.close()
}

async function cold(): Promise<void> {
  await using server = await Scale.start('[pools.default]\nmin = 0\nmax = 1\nidle = "1ms"\n')
  console.log(`server without workers: ${(memoryBytes(server.pid) / 2 ** 20).toFixed(1)} MB`)
  const client = await Client.connect(server.port)
  const times: number[] = []
  while (times.length < 100) {
    while ((await server.workers()) > 0) await pause(20)
    const { status, ms } = await client.get('/api/hello')
    if (status !== 200) throw new Error(`the status was ${status}`)
    times.push(ms)
  }
  console.log(`request to response, without a worker: ${distribution(times)}`)
  client.close()
}

async function reload(): Promise<void> {
  await using server = await Scale.start('[pools.default]\nmin = 1\nmax = 1\n')
  const running = load(server.port, '/api/hello', 64, 10)
  let reloads = 0
  const ended = running.then(() => true)
  while (!(await Promise.race([ended, pause(500, false)]))) {
    await server.command('build')
    await server.command('reload')
    reloads++
  }
  const { requests, failed, p99 } = await running
  console.log(
    `${reloads} reloads under load: ${failed} of ${requests} requests failed, p99 ${p99.toFixed(1)} ms`,
  )
}

async function refuse(): Promise<void> {
  await using server = await Scale.start(
    '[pools.default]\nmin = 1\nmax = 1\nconcurrency = 1\nqueue = 1\n',
  )
  // Without a worker the queue would be full instead.
  const client = await Client.connect(server.port)
  await client.get('/api/hello')
  const blocking = [await Client.connect(server.port), await Client.connect(server.port)]
  const blocked = blocking.map((client) => client.get('/api/block?ms=4000'))
  await pause(200)
  const times: number[] = []
  while (times.length < 1000) {
    const { status, ms } = await client.get('/api/hello')
    if (status !== 503) throw new Error(`the status was ${status}`)
    times.push(ms)
  }
  console.log(`503 while the only worker is blocked: ${distribution(times)}`)
  await Promise.all(blocked)
  for (const each of [client, ...blocking]) each.close()
}

/**
 * Sends requests at a steady rate, independent of earlier responses, as many independent clients
 * do.
 */
async function steadily(port: number, perSecond: number, seconds: number): Promise<number[]> {
  const idle: Client[] = []
  const times: number[] = []
  const pending: Promise<void>[] = []
  const began = performance.now()
  while (pending.length < perSecond * seconds) {
    const due = Math.min(
      perSecond * seconds,
      Math.floor(((performance.now() - began) / 1000) * perSecond),
    )
    while (pending.length < due) {
      pending.push(
        (async () => {
          const client = idle.pop() ?? (await Client.connect(port))
          const { status, ms } = await client.get('/api/hello')
          if (status !== 200) throw new Error(`the answer was ${status}`)
          times.push(ms)
          idle.push(client)
        })(),
      )
    }
    await pause(1)
  }
  await Promise.all(pending)
  for (const client of idle) client.close()
  return times
}

async function neighbour(): Promise<void> {
  await using server = await Scale.start('[pools.default]\nmin = 2\nmax = 2\n')
  await steadily(server.port, 500, 2)
  console.log(
    `a fast route, 500 times per second, alone: ${distribution(await steadily(server.port, 500, 6))}`,
  )
  let over = false
  const blocking = (async () => {
    const client = await Client.connect(server.port)
    while (!over) {
      await client.get('/api/block?ms=2000')
      await pause(1000)
    }
    client.close()
  })()
  const times = await steadily(server.port, 500, 15)
  over = true
  await blocking
  console.log(`with another that blocks a worker for 2 s of every 3: ${distribution(times)}`)
}
