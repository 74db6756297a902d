/**
 * Implements `millrace verify`: sends the same requests to two servers and reports where their
 * responses differ. The executable parses the command line and starts this program with it.
 */
import { readFileSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { Allowances } from './allowances.ts'
import { sendInRounds } from './rounds.ts'
import type { Bounds, Target } from './client.ts'
import { json, type Judged, type Sides, table } from './report.ts'
import { parseRequests, type RequestFile, RequestFileError } from './request_file.ts'
import { routeRequests } from './routes.ts'
import {
  buildAside,
  expectListening,
  type Started,
  startMillrace,
  targetOf,
  VerifyError,
} from './servers.ts'
import { judge } from './verdict.ts'

/** Maximum size of one response in bytes. */
const longestResponse = 64 << 20

const { values: options } = parseArgs({
  options: {
    program: { type: 'string', default: '' },
    directory: { type: 'string', default: '.' },
    node: { type: 'string', default: '' },
    requests: { type: 'string', multiple: true, default: [] },
    against: { type: 'string', default: '' },
    url: { type: 'string', default: '' },
    engine: { type: 'string', default: 'light' },
    allow: { type: 'string', multiple: true, default: [] },
    'allow-file': { type: 'string', multiple: true, default: [] },
    timeout: { type: 'string', default: '30' },
    json: { type: 'boolean', default: false },
  },
})

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new VerifyError((error as Error).message)
  }
}

function allowances(): Allowances {
  const all = new Allowances()
  for (const text of options.allow) all.add(text)
  for (const path of options['allow-file']) all.addLines(read(path))
  return all
}

/**
 * Returns the requests of the given files, or those of the project's routes; adds remarks to
 * `notes`.
 */
async function requestsToSend(notes: string[]): Promise<RequestFile> {
  const files = options.requests.map((path) => parseRequests(path, read(path), process.env))
  if (files.length > 1 && files.some(({ uuids }) => uuids.length > 0)) {
    // Names of such values are numbered from 1 in each file.
    throw new VerifyError('--requests: {{$guid}} works with one file; put the requests into one')
  }
  if (files.length > 0)
    return { requests: files.flatMap(({ requests }) => requests), uuids: files[0]!.uuids }
  const { requests, leftOut } = await routeRequests(options.program, options.directory)
  if (leftOut.length > 0)
    notes.push(
      `not requested, because their parameters need values (--requests FILE): ${leftOut.join(', ')}`,
    )
  if (requests.length === 0)
    throw new VerifyError(
      'there is no route without parameters; name requests with --requests FILE',
    )
  return { requests, uuids: [] }
}

/**
 * Sends all requests to both servers. Returns whether there are no differences but allowed ones.
 */
async function compare(sides: Sides, reference: Target, millrace: Target): Promise<boolean> {
  const notes: string[] = []
  const allowed = allowances()
  const file = await requestsToSend(notes)
  const bounds: Bounds = {
    timeout: Number(options.timeout) * 1000,
    late: 'cut',
    longest: longestResponse,
  }
  const judged = (await sendInRounds(reference, millrace, file, bounds)).map(
    ({ request, ...said }): Judged => {
      const name = `${request.step.method} ${Buffer.from(request.step.path, 'latin1').toString()}`
      return {
        request,
        verdict: judge(said.reference, said.millrace, (place) =>
          allowed.find(name, place, request.allow),
        ),
      }
    },
  )
  for (const pattern of allowed.unused())
    notes.push(`the allowance "${pattern}" matches no difference`)
  if (options.json) process.stdout.write(`${json(judged, sides, notes)}\n`)
  else process.stdout.write(`${[table(judged, sides), ...notes].join('\n')}\n`)
  return judged.every(({ verdict }) => verdict.result !== 'differs')
}

const loopback = (host: string) => host === 'localhost' || host.startsWith('127.')
const nodeOption = options.node === '' ? [] : ['--node', options.node]

/** Compares Millrace, or a running Millrace server, with another server. */
async function againstUrl(): Promise<boolean> {
  const reference = targetOf(options.against, '--against')
  await expectListening(reference, '--against')
  const sides = { reference: options.against, millrace: 'millrace' }
  if (options.url !== '') {
    const millrace = targetOf(options.url, '--url')
    await expectListening(millrace, '--url')
    return compare(sides, reference, millrace)
  }
  // Both get the same host name: some responses depend on it.
  const started = await startMillrace(
    options.program,
    [options.directory, ...nodeOption],
    loopback(reference.host) ? reference.host : 'localhost',
  )
  try {
    return await compare(sides, reference, started.target)
  } finally {
    await started.stop()
  }
}

/**
 * Compares the project's routes compiled by its own `next build` with those that Millrace compiles,
 * each in a build beside the current one.
 */
async function betweenEngines(): Promise<boolean> {
  const builds: string[] = []
  const servers: Started[] = []
  try {
    for (const engine of ['next', options.engine]) {
      process.stderr.write(`building with the engine ${engine}\n`)
      const build = await buildAside(options.program, options.directory, engine, nodeOption)
      builds.push(build)
      servers.push(
        await startMillrace(
          options.program,
          [options.directory, '--build', basename(build), ...nodeOption],
          'localhost',
        ),
      )
    }
    const [reference, millrace] = servers as [Started, Started]
    return await compare(
      { reference: 'next', millrace: options.engine },
      reference.target,
      millrace.target,
    )
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
    for (const build of builds) rmSync(build, { recursive: true, force: true })
  }
}

async function main(): Promise<number> {
  if (options.against === '' && options.url !== '')
    throw new VerifyError('--url names one of two servers; --against URL, the other, is missing')
  return (options.against === '' ? await betweenEngines() : await againstUrl()) ? 0 : 1
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(2))
try {
  process.exitCode = await main()
} catch (error) {
  const known = error instanceof VerifyError || error instanceof RequestFileError
  process.stderr.write(`error: ${known ? error.message : String((error as Error).stack)}\n`)
  process.exitCode = 2
}
