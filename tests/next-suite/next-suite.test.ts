/**
 * Tests the scripts for Next.js's adapter test harness, as the harness runs them: each in a process
 * of its own, with the app's folder as working directory.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { hangTimeout } from '../e2e/support/hang_timeout.ts'
import { binary, project, repository, temporaryDirectory } from '../e2e/support/index.ts'

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const folder = join(repository, 'tests/next-suite')
const home = temporaryDirectory()

/** Runs one of the scripts until it has ended and closed its output. */
function script(name: string, cwd: string, more: Record<string, string> = {}): Promise<Ended> {
  const env = {
    PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
    // Next.js takes no folder for the project's root that contains the home directory.
    HOME: home,
    MILLRACE: binary(),
    MILLRACE_SUITE_WAIT: String(hangTimeout(60) / 1000),
    NEXT_TELEMETRY_DISABLED: '1',
    NEXT_TEST_DIR: cwd,
    ...more,
  } as unknown as NodeJS.ProcessEnv
  const child = spawn(join(folder, name), { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((done, failed) => {
    child.once('error', failed)
    child.once('close', (code) => done({ code, stdout, stderr }))
  })
}

describe('the contract of the adapter test harness', { timeout: hangTimeout(600) }, () => {
  const directory = project({
    files: {
      'package.json': '{ "name": "suite", "private": true, "dependencies": { "next": "*" } }',
      'app/layout.jsx':
        'export default ({ children }) => <html lang="en"><body>{children}</body></html>',
      'app/page.jsx': 'export default () => <h1>deployed</h1>',
      'app/api/log/route.js':
        'export const GET = () => { console.log("from the handler"); return Response.json({ ok: true }) }',
    },
    forNext: true,
  })
  const pidFile = join(directory, '.millrace-suite/server.pid')
  let url = ''
  after(() => script('cleanup', directory))

  test('logs without a build fails', async () => {
    assert.equal((await script('logs', directory)).code, 1)
  })

  test('deploy prints the URL and nothing else, and the server goes on', async () => {
    const { code, stdout, stderr } = await script('deploy', directory)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^http:\/\/127\.0\.0\.1:\d+\n$/)
    url = stdout.trim()
    assert.match(await (await fetch(url)).text(), /<h1>deployed<\/h1>/)
    assert.deepEqual(await (await fetch(`${url}/api/log`)).json(), { ok: true })
  })

  test('logs prints the identifiers, then the logs', async () => {
    const buildId = readFileSync(join(directory, '.millrace/current/next/BUILD_ID'), 'utf8')
    const { code, stdout } = await script('logs', directory, { NEXT_TEST_DEPLOY_URL: url })
    assert.equal(code, 0)
    const [first, second, third, ...rest] = stdout.split('\n')
    assert.equal(first, `BUILD_ID: ${buildId}`)
    assert.match(second!, /^DEPLOYMENT_ID: \S+$/)
    assert.match(third!, /^NEXT_SUPPORTS_IMMUTABLE_ASSETS: [01]$/)
    assert.match(
      rest.join('\n'),
      /=== build ===[\s\S]*1 route and[\s\S]*=== server ===[\s\S]*ready/,
    )
    assert.match(rest.join('\n'), /from the handler/)
    const named = await script('logs', directory, { NEXT_DEPLOYMENT_ID: 'dpl_1' })
    assert.match(named.stdout, /^DEPLOYMENT_ID: dpl_1$/m)
  })

  test('cleanup stops the server, and can run twice', async () => {
    const pid = Number(readFileSync(pidFile, 'utf8'))
    assert.equal((await script('cleanup', directory, { NEXT_TEST_DEPLOY_URL: url })).code, 0)
    assert.ok(
      !existsSync(`/proc/${pid}/cmdline`) || readFileSync(`/proc/${pid}/cmdline`).length === 0,
    )
    await assert.rejects(fetch(url))
    assert.equal((await script('cleanup', directory)).code, 0)
  })

  test('a build that fails fails the deployment, with its output on standard error', async () => {
    const broken = project({
      files: { 'pages/api/broken.js': 'export default function (' },
      modules: true,
    })
    const { code, stdout, stderr } = await script('deploy', broken)
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.match(stderr, /pages\/api\/broken\.js/)
  })
})
