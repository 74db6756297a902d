/**
 * Tests that the output of `create-next-app --api` runs unchanged.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { build, repository, type Server, startServer, temporaryDirectory } from './support/index.ts'

/** Returns contents by path, without the files that Millrace itself creates. */
function snapshot(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const paths = files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('/.millrace/'))
  return Object.fromEntries(paths.sort().map((path) => [path, readFileSync(path, 'utf8')]))
}

async function expectResponses(server: Server): Promise<void> {
  const root = await fetch(`${server.url}/`)
  assert.equal(root.status, 200)
  assert.equal(root.headers.get('content-type'), 'application/json')
  assert.deepEqual(await root.json(), { message: 'Hello world!' })
  const slug = await fetch(`${server.url}/mill%20race`)
  assert.deepEqual(await slug.json(), { message: 'Hello mill race!' })
  assert.equal((await fetch(`${server.url}/`, { method: 'POST' })).status, 405)
  assert.equal((await fetch(`${server.url}/a/b`)).status, 404)
}

describe('the template of create-next-app --api', () => {
  let directory: string
  let written: Record<string, string>

  before(() => {
    const parent = temporaryDirectory()
    const program = join(repository, 'node_modules/create-next-app/dist/index.js')
    const options = [
      '--api',
      '--ts',
      '--app',
      '--yes',
      '--use-npm',
      '--skip-install',
      '--disable-git',
      '--no-agent-feedback',
    ]
    execFileSync(process.execPath, [program, 'template', ...options], {
      cwd: parent,
      env: {
        PATH: process.env['PATH'],
        HOME: parent,
        CI: '1',
        NEXT_TELEMETRY_DISABLED: '1',
      } as unknown as NodeJS.ProcessEnv,
      stdio: 'ignore',
    })
    directory = join(parent, 'template')
    written = snapshot(directory)
    assert.ok(join(directory, 'app/[slug]/route.ts') in written)
  })

  test('runs under dev', async () => {
    await using server = await startServer({ command: 'dev', directory })
    await expectResponses(server)
  })

  test('runs under build and start', async () => {
    await build(directory)
    await using server = await startServer({ command: 'start', directory })
    await expectResponses(server)
  })

  test('has not been changed by the runs', () => {
    assert.deepEqual(snapshot(directory), written)
  })
})
