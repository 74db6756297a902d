/** Tests the admin address: metrics, health checks, and what protects it. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, before, describe, test } from 'node:test'
import { parseExposition, sampleValue } from './support/exposition.ts'
import {
  build,
  project,
  repository,
  run,
  type Server,
  startServer,
  temporaryDirectory,
} from './support/index.ts'

const settings = '[admin]\nlisten = "127.0.0.1:0"\n[server]\nhealth_path = "/_health"\n'

let directory: string
before(async () => {
  directory = project({
    files: {
      'package.json': '{ "name": "monitored", "private": true }',
      'millrace.toml': settings,
      'public/file.txt': 'file',
      'pages/api/users/[id].js': 'export default (req, res) => res.json({ id: req.query.id })',
      'pages/api/fails.js': 'export default (req, res) => res.status(500).end()',
      'pages/api/exits.js': 'export default () => process.exit(3)',
      // Blocks its worker until the file is there.
      'pages/api/blocks.js': `import { existsSync } from 'node:fs'
        export default (req, res) => {
          while (!existsSync(req.query.file));
          res.end('over')
        }`,
      'app/api/kept/route.js': `export const dynamic = 'force-static'
        export const GET = () => new Response('kept')`,
    },
  })
  await build(directory)
})

const configure = (text: string) => writeFileSync(join(directory, 'millrace.toml'), text)
afterEach(() => configure(settings))

/** Returns the URL of the admin address. */
const adminOf = (server: Server) => /Admin: +(http:\S+)/.exec(server.output())![1]!

async function scrape(server: Server) {
  const response = await fetch(`${adminOf(server)}/metrics`)
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  return parseExposition(await response.text())
}

async function status(url: string): Promise<string> {
  const response = await fetch(url)
  return `${response.status} ${(await response.text()).trim()}`
}

/** Calls `look` until it returns true; each call asks the server. */
async function eventually(look: () => Promise<boolean>): Promise<void> {
  while (!(await look()));
}

const duration = 'millrace_http_request_duration_seconds'

describe('the admin address', () => {
  test('counts requests by the template of their route', async () => {
    await using server = await startServer({ command: 'start', directory })
    for (const id of ['ann', 'bob']) await fetch(`${server.url}/api/users/${id}`)
    await fetch(`${server.url}/api/fails`)
    await fetch(`${server.url}/file.txt`)
    await fetch(`${server.url}/api/users/cy`, { method: 'PUT', body: '12345' })
    await fetch(`${server.url}/nothing`)
    for (let i = 0; i < 2; ++i) await fetch(`${server.url}/api/kept`)
    const page = await scrape(server)
    const count = (labels: Record<string, string>) => sampleValue(page, `${duration}_count`, labels)
    assert.equal(count({ route: '/api/users/[id]', method: 'GET', status: '2xx' }), 2)
    assert.equal(count({ route: '/api/users/[id]', method: 'PUT', pool: 'default' }), 1)
    assert.equal(count({ route: '/api/fails', status: '5xx' }), 1)
    assert.equal(count({ route: '(file)' }), 1)
    assert.equal(count({ route: '(none)', status: '4xx' }), 1)
    assert.equal(count({ route: '/api/kept' }), 2)
    assert.equal(sampleValue(page, 'millrace_http_requests_in_flight'), 0)
    assert.equal(sampleValue(page, 'millrace_http_request_body_bytes_total'), 5)
    assert.equal(sampleValue(page, 'millrace_queue_duration_seconds_count', { pool: 'default' }), 4)
    const lookups = { cache: 'responses', result: 'hit' }
    assert.equal(sampleValue(page, 'millrace_cache_lookups_total', lookups), 2)
    assert.doesNotMatch(JSON.stringify([...page.values()]), /ann|bob|nothing/)
  })

  test('responds while all workers are blocked', async () => {
    await using server = await startServer({
      command: 'start',
      directory,
      args: ['--workers', '1'],
    })
    await fetch(`${server.url}/api/users/1`)
    const file = join(temporaryDirectory(), 'go')
    const blocked = fetch(`${server.url}/api/blocks?file=${encodeURIComponent(file)}`)
    await eventually(
      async () =>
        sampleValue(await scrape(server), 'millrace_invocations_in_flight', { pool: 'default' }) ===
        1,
    )
    assert.equal(await status(`${adminOf(server)}/livez`), '200 alive')
    assert.equal(sampleValue(await scrape(server), 'millrace_http_requests_in_flight'), 1)
    writeFileSync(file, '')
    assert.equal(await (await blocked).text(), 'over')
  })

  test('counts the ends of workers by cause', async () => {
    await using server = await startServer({
      command: 'start',
      directory,
      args: ['--workers', '1'],
    })
    const exits = await fetch(`${server.url}/api/exits`)
    assert.equal(exits.status, 502)
    await fetch(`${server.url}/api/users/1`)
    const page = await scrape(server)
    const pool = { pool: 'default' }
    assert.equal(sampleValue(page, 'millrace_worker_ends_total', { ...pool, cause: 'exited' }), 1)
    assert.equal(sampleValue(page, 'millrace_worker_starts_total', pool), 2)
    assert.equal(sampleValue(page, 'millrace_workers', { ...pool, state: 'ready' }), 1)
  })

  test('says whether the server is ready', async () => {
    await using server = await startServer({ command: 'start', directory })
    const admin = adminOf(server)
    await eventually(async () => (await status(`${admin}/readyz`)) === '200 ready')
    assert.equal(await status(`${admin}/startupz`), '200 started')
    assert.equal(await status(`${server.url}/_health?from=balancer`), '200 ready')
    assert.equal(sampleValue(await scrape(server), 'millrace_ready'), 1)
    const other = await fetch(`${admin}/other`)
    assert.equal(other.status, 404)
  })

  test('is not ready while it drains', async () => {
    await using server = await startServer({
      command: 'start',
      directory,
      args: ['--workers', '1'],
    })
    const admin = adminOf(server)
    await fetch(`${server.url}/api/users/1`)
    const file = join(temporaryDirectory(), 'go')
    const blocked = fetch(`${server.url}/api/blocks?file=${encodeURIComponent(file)}`)
    await eventually(
      async () =>
        sampleValue(await scrape(server), 'millrace_invocations_in_flight', { pool: 'default' }) ===
        1,
    )
    process.kill(server.pid, 'SIGTERM')
    await eventually(async () => (await status(`${admin}/readyz`)).startsWith('503 draining'))
    writeFileSync(file, '')
    assert.equal(await (await blocked).text(), 'over')
    assert.equal((await server.exited).code, 0)
  })

  test('speaks OpenMetrics with clients that accept it', async () => {
    await using server = await startServer({ command: 'start', directory })
    await fetch(`${server.url}/api/users/1`)
    const response = await fetch(`${adminOf(server)}/metrics`, {
      headers: { accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.3' },
    })
    assert.match(response.headers.get('content-type')!, /^application\/openmetrics-text; version=1/)
    const page = parseExposition(await response.text(), true)
    assert.equal(page.get('millrace_worker_starts')?.type, 'counter')
  })

  test('is not opened where other machines could reach it unintentionally', async () => {
    configure('[admin]\nlisten = "0.0.0.0:0"\n')
    const refused = await run(['start', directory, '-p', '0'])
    assert.equal(refused.code, 1)
    assert.match(
      refused.stderr,
      /millrace\.toml:2: listen: expected a loopback address.*remote = true/,
    )
    configure('[admin]\nlisten = "0.0.0.0:0"\nremote = true\n')
    await using server = await startServer({ command: 'start', directory })
    const { port } = new URL(adminOf(server))
    assert.equal(await status(`http://127.0.0.1:${port}/livez`), '200 alive')
  })

  test('stops a start whose address is in use', async () => {
    await using server = await startServer({ command: 'start', directory })
    configure(`[admin]\nlisten = "${new URL(adminOf(server)).host}"\n`)
    const refused = await run(['start', directory, '-p', '0'])
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /cannot listen on the admin address \S+: another process uses it/)
  })

  test('refuses requests with a body', async () => {
    await using server = await startServer({ command: 'start', directory })
    const { port } = new URL(adminOf(server))
    const socket = connect(Number(port), '127.0.0.1').setEncoding('latin1')
    socket.write('POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx')
    let got = ''
    for await (const text of socket) got += text
    assert.match(got, /^HTTP\/1\.1 413 /)
  })
})

test('docs/monitoring.md describes every metric', async () => {
  await using server = await startServer({ command: 'start', directory })
  await fetch(`${server.url}/api/users/1`)
  await fetch(`${server.url}/api/kept`)
  const document = readFileSync(join(repository, 'docs/monitoring.md'), 'utf8')
  const rows = [
    ...document.matchAll(/^\| `((?:millrace|process)_\w+)` \| (\w+) \| (.*?) \| (.+) \|$/gm),
  ]
  const described = rows.map(([, name, type, labels, help]) => ({ name, type, labels, help }))
  const served = [...(await scrape(server)).values()].map(({ name, type, help, samples }) => {
    const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)))
    labels.delete('le')
    return { name, type, labels: [...labels].map((label) => `\`${label}\``).join(', '), help }
  })
  // A metric without a sample yet has no labels to compare.
  const comparable = described.map((row) =>
    served.some((one) => one.name === row.name && one.labels === '') ? { ...row, labels: '' } : row,
  )
  assert.deepEqual(comparable, served)
})

test('the alerts and the dashboard use metrics that exist', async () => {
  await using server = await startServer({ command: 'start', directory })
  const names = new Set<string>()
  for (const { name, type } of (await scrape(server)).values()) {
    names.add(name)
    if (type === 'histogram')
      for (const end of ['bucket', 'sum', 'count']) names.add(`${name}_${end}`)
  }
  for (const file of ['alerts.yml', 'dashboard.json']) {
    const text = readFileSync(join(repository, 'monitoring', file), 'utf8')
    const used = new Set(text.match(/\b(?:millrace|process)_[a-z_]+\b/g))
    assert.ok(used.size > 5)
    assert.deepEqual(
      [...used].filter((name) => !names.has(name)),
      [],
      file,
    )
  }
  const alerts = readFileSync(join(repository, 'monitoring/alerts.yml'), 'utf8')
  const document = readFileSync(join(repository, 'docs/monitoring.md'), 'utf8')
  for (const [, name] of alerts.matchAll(/- alert: (\w+)/g)) {
    assert.ok(document.includes(`| \`${name}\` |`), `docs/monitoring.md lacks ${name}`)
  }
})
