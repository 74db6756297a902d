/**
 * Compares what TLS costs: handshakes and requests of Millrace and Debian's nginx with the same
 * certificate (ECDSA P-256), and the memory of connections that are idle.
 */
import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { parseArgs, promisify } from 'node:util'
import { type Program, withServer } from '../compare/loaded_server.ts'
import { cpuMicroseconds, memoryBytes } from '../compare/processes.ts'
import { median, printTable } from '../compare/table.ts'

const help = `Usage: bench/edge/run tls [options]

CPU time of the server per TLS 1.3 handshake, full and resumed, each with one request for a file of
1 KB, of Millrace and nginx (one process each); and the memory of an idle connection, in KB. The
client is "openssl s_time", one connection after another. Every figure is the median of the rounds;
the rounds are interleaved.

  --seconds N      seconds of each load (default 5)
  --rounds N       repetitions of all measurements (default 3)
  --idle N         idle connections (default 2000)
  --millrace PATH  the executable (default build/release/millrace)
`

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    idle: { type: 'string', default: '2000' },
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

const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-tls-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const files = join(folder, 'public')
mkdirSync(join(folder, 'pages/api'), { recursive: true })
mkdirSync(files)
writeFileSync(join(files, '1k.bin'), Buffer.alloc(1024, 1))
writeFileSync(join(folder, 'pages/api/hello.js'), 'export default (req, res) => res.json({})')
writeFileSync(join(folder, 'package.json'), '{ "name": "tls", "private": true }')
writeFileSync(
  join(folder, 'millrace.toml'),
  '[tls]\ncertificate = "site.pem"\nkey = "site.key"\n[limits]\nkeep_alive = "1h"\n',
)
execFileSync(
  'openssl',
  // biome-ignore format: an option and its value a line
  [
    'req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
    '-keyout', join(folder, 'site.key'), '-out', join(folder, 'site.pem'),
  ],
  { stdio: 'ignore' },
)

const millrace = resolve(values.millrace)
execFileSync(millrace, ['build', folder], { stdio: 'ignore' })

const nginx = `
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr error;
events { worker_connections 20000; }
http {
  access_log off; keepalive_timeout 1h;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:PORT ssl; root ${files};
    ssl_certificate ${folder}/site.pem; ssl_certificate_key ${folder}/site.key;
    ssl_protocols TLSv1.2 TLSv1.3;
  }
}
`
const contenders: readonly (Program & { readonly name: string })[] = [
  {
    name: 'millrace',
    command: [millrace],
    options: (port) => ['start', folder, '-H', '127.0.0.1', '-p', String(port), '--workers', '1'],
    directory: folder,
    secure: true,
  },
  {
    name: 'nginx',
    command: ['/usr/sbin/nginx'],
    options: (port) => {
      const settings = join(folder, 'nginx.conf')
      writeFileSync(settings, nginx.replace('PORT', String(port)))
      return ['-c', settings]
    },
    directory: folder,
    secure: true,
  },
]

const run = promisify(execFile)

/** Returns microseconds of the server's CPU time for each connection. */
async function handshakes(pid: number, port: number, kind: '-new' | '-reuse'): Promise<number> {
  const before = cpuMicroseconds(pid)
  const { stdout } = await run('openssl', [
    's_time',
    '-connect',
    `127.0.0.1:${port}`,
    kind,
    '-time',
    values.seconds,
    '-www',
    '/1k.bin',
  ])
  const connections = Number(/^(\d+) connections in \d+ real/m.exec(stdout)?.[1])
  return (cpuMicroseconds(pid) - before) / connections
}

/** Returns the kilobytes that each idle connection keeps in the server. */
async function idleMemory(pid: number, port: number): Promise<number> {
  const count = Number(values.idle)
  const open = async (): Promise<TLSSocket> => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    socket.write('GET /1k.bin HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(socket, 'data')
    return socket.resume()
  }
  // The first ones fill what the server keeps for all.
  const sockets = await Promise.all(Array.from({ length: 50 }, open))
  const before = memoryBytes(pid)
  while (sockets.length < count + 50)
    sockets.push(...(await Promise.all(Array.from({ length: 50 }, open))))
  const memory = (memoryBytes(pid) - before) / (sockets.length - 50) / 1024
  for (const socket of sockets) socket.destroy()
  return memory
}

const rows = ['full handshake, µs', 'resumed handshake, µs', 'idle connection, KB'] as const
const measured = new Map<string, number[]>()
for (let round = 1; round <= Number(values.rounds); round++) {
  for (const contender of contenders) {
    process.stderr.write(`round ${round}: ${contender.name}\n`)
    await withServer(contender, '/1k.bin', async ({ origin, pid }) => {
      const port = Number(new URL(origin).port)
      const results = [
        await handshakes(pid, port, '-new'),
        await handshakes(pid, port, '-reuse'),
        await idleMemory(pid, port),
      ]
      for (const [index, result] of results.entries()) {
        const key = `${contender.name} ${rows[index]}`
        measured.set(key, [...(measured.get(key) ?? []), result])
      }
    })
  }
}

printTable([
  ['TLS, ECDSA P-256', ...contenders.map(({ name }) => name), 'ratio'],
  ...rows.map((row) => {
    const [own, other] = contenders.map(({ name }) => median(measured.get(`${name} ${row}`)!)) as [
      number,
      number,
    ]
    return [row, own.toFixed(1), other.toFixed(1), `${(own / other).toFixed(2)}×`]
  }),
])
