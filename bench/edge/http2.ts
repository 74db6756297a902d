/**
 * Compares what a request costs over HTTP/2, with many streams on one connection, and over
 * HTTP/1.1, in Millrace and in Debian's nginx: CPU time of the server. The client is h2load.
 */
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { type Program, withServer } from '../compare/loaded_server.ts'
import { cpuMicroseconds } from '../compare/processes.ts'
import { median, printTable } from '../compare/table.ts'

const help = `Usage: bench/edge/run http2 [options]

CPU time of the server per request, in microseconds, of Millrace and nginx (one process each): a file
of 1 KB and of 1 MB, and in Millrace a handler in JavaScript, over HTTP/2 without TLS with --streams
at a time on one connection, and over HTTP/1.1 with as many connections. Every figure is the median
of the rounds; the rounds are interleaved.

  --streams N      requests at a time (default 64)
  --requests N     requests of each load of small responses (default 100000)
  --rounds N       repetitions of all measurements (default 3)
  --millrace PATH  the executable (default build/release/millrace)
`

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '64' },
    requests: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
    millrace: {
      type: 'string',
      default: join(import.meta.dirname, '../../build/release/millrace'),
    },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  process.stdout.write(help)
  process.exit(0)
}

const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-http2-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const files = join(folder, 'public')
mkdirSync(join(folder, 'pages/api'), { recursive: true })
mkdirSync(files)
writeFileSync(join(files, '1k.bin'), Buffer.alloc(1024, 1))
writeFileSync(join(files, '1m.bin'), Buffer.alloc(1 << 20, 1))
writeFileSync(
  join(folder, 'pages/api/hello.js'),
  `export default (req, res) => res.json({ hello: 'world' })`,
)
writeFileSync(join(folder, 'package.json'), '{ "name": "http2", "private": true }')
writeFileSync(join(folder, 'millrace.toml'), '[limits]\nhttp2_streams = 1000\n')

const millrace = resolve(values.millrace)
execFileSync(millrace, ['build', folder], { stdio: 'ignore' })

// Without TLS, nginx speaks HTTP/2 at an address, or HTTP/1.1.
const nginx = `
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr error;
events { worker_connections 20000; }
http {
  access_log off; keepalive_requests 100000000; http2_max_concurrent_streams 1000;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server { listen 127.0.0.1:PORT; listen 127.0.0.2:PORT http2; root ${files}; }
}
`
const versions = ['HTTP/2', 'HTTP/1.1'] as const
type Version = (typeof versions)[number]
interface Contender extends Program {
  readonly name: string
  /** Where it speaks HTTP/2. */
  readonly host: string
  readonly handler: boolean
}
const contenders: readonly Contender[] = [
  {
    name: 'millrace',
    host: '127.0.0.1',
    handler: true,
    command: [millrace],
    options: (port) => ['start', folder, '-H', '127.0.0.1', '-p', String(port), '--workers', '1'],
    directory: folder,
  },
  {
    name: 'nginx',
    host: '127.0.0.2',
    handler: false,
    command: ['/usr/sbin/nginx'],
    options: (port) => {
      const settings = join(folder, 'nginx.conf')
      writeFileSync(settings, nginx.replaceAll('PORT', String(port)))
      return ['-c', settings]
    },
    directory: folder,
  },
]

const run = promisify(execFile)

/** Returns microseconds of the server's CPU time for each request. */
async function cost(pid: number, url: string, version: Version, requests: number): Promise<number> {
  const before = cpuMicroseconds(pid)
  const { stdout } = await run('h2load', [
    ...(version === 'HTTP/2' ? ['-c', '1', '-m', values.streams] : ['--h1', '-c', values.streams]),
    '-n',
    String(requests),
    url,
  ])
  const succeeded = Number(/(\d+) succeeded/.exec(stdout)?.[1])
  if (succeeded !== requests) throw new Error(`of ${requests} requests ${succeeded} succeeded`)
  return (cpuMicroseconds(pid) - before) / requests
}

const small = Number(values.requests)
const rows = [
  { name: 'a file of 1 KB', path: '/1k.bin', requests: small, handler: false },
  { name: 'a file of 1 MB', path: '/1m.bin', requests: Math.ceil(small / 100), handler: false },
  { name: 'a handler', path: '/api/hello', requests: small, handler: true },
] as const

const measured = new Map<string, number[]>()
for (let round = 1; round <= Number(values.rounds); round++) {
  for (const contender of contenders) {
    process.stderr.write(`round ${round}: ${contender.name}\n`)
    await withServer(contender, '/1k.bin', async ({ origin, pid }) => {
      for (const version of versions) {
        const host = version === 'HTTP/2' ? contender.host : '127.0.0.1'
        const url = `http://${host}:${new URL(origin).port}`
        for (const row of rows) {
          if (row.handler && !contender.handler) continue
          const key = `${contender.name} ${version} ${row.name}`
          const result = await cost(pid, url + row.path, version, row.requests)
          measured.set(key, [...(measured.get(key) ?? []), result])
        }
      }
    })
  }
}

const shown = (key: string): string =>
  measured.has(key) ? median(measured.get(key)!).toFixed(1) : '-'
printTable([
  ['CPU, µs per request', 'millrace 2', 'millrace 1.1', 'nginx 2', 'nginx 1.1'],
  ...rows.map(({ name }) => [
    name,
    ...['millrace HTTP/2', 'millrace HTTP/1.1', 'nginx HTTP/2', 'nginx HTTP/1.1'].map((key) =>
      shown(`${key} ${name}`),
    ),
  ]),
])
