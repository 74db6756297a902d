/**
 * Tests metrics and alerts with Debian's `promtool` and `prometheus`, which must be on the PATH;
 * scripts/monitoring runs it.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import {
  build,
  freePort,
  project,
  repository,
  startServer,
  temporaryDirectory,
} from '../e2e/support/index.ts'

const monitoring = join(repository, 'monitoring')

let directory: string
before(async () => {
  directory = project({
    files: {
      'package.json': '{ "name": "monitored", "private": true }',
      'millrace.toml': '[admin]\nlisten = "127.0.0.1:0"\n',
      'pages/api/users/[id].js': 'export default (req, res) => res.json({ id: req.query.id })',
    },
  })
  await build(directory)
})

test('promtool accepts the alerts, and the configuration', () => {
  execFileSync('promtool', ['check', 'rules', join(monitoring, 'alerts.yml')])
  execFileSync('promtool', ['check', 'config', join(monitoring, 'prometheus.yml')])
})

test('promtool accepts the metrics, and Prometheus scrapes them', async () => {
  await using server = await startServer({ command: 'start', directory })
  const admin = new URL(/Admin: +(http:\S+)/.exec(server.output())![1]!)
  for (let i = 0; i < 3; ++i) await fetch(`${server.url}/api/users/${i}`)
  const page = await (await fetch(`${admin.href}metrics`)).text()
  execFileSync('promtool', ['check', 'metrics'], { input: page })

  const folder = temporaryDirectory()
  copyFileSync(join(monitoring, 'alerts.yml'), join(folder, 'alerts.yml'))
  const example = readFileSync(join(monitoring, 'prometheus.yml'), 'utf8')
  writeFileSync(
    join(folder, 'prometheus.yml'),
    example
      .replace('127.0.0.1:9464', admin.host)
      .replace('scrape_interval: 15s', 'scrape_interval: 1s'),
  )
  const port = await freePort()
  const prometheus = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  )
  try {
    const ask = async (query: string): Promise<string | undefined> => {
      const url = `http://127.0.0.1:${port}/api/v1/query?${new URLSearchParams({ query })}`
      const response = await fetch(url).catch(() => undefined)
      if (response?.status !== 200) return undefined
      const { data } = (await response.json()) as {
        data: { result: readonly { readonly value: readonly [number, string] }[] }
      }
      return data.result[0]?.value[1]
    }
    const count = 'millrace_http_request_duration_seconds_count{route="/api/users/[id]"}'
    let found: string | undefined
    while ((found = await ask(count)) === undefined)
      await new Promise((resolve) => setTimeout(resolve, 100))
    assert.equal(found, '3')
    assert.equal(await ask('up{job="millrace"}'), '1')
    assert.equal(await ask('millrace_ready'), '1')
    const rules = await (await fetch(`http://127.0.0.1:${port}/api/v1/rules`)).json()
    assert.doesNotMatch(JSON.stringify(rules), /"health":"err"/)
  } finally {
    prometheus.kill('SIGKILL')
    await once(prometheus, 'exit')
  }
})
