/**
 * Tests the command line: help, exit codes, `routes`, `env`, messages about missing files.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import {
  build,
  project,
  repository,
  run,
  startServer,
  temporaryDirectory,
} from './support/index.ts'

const hello = `export default (req, res) => res.end('hello')`

/** Creates a project with a route of each kind. */
function small(files: Record<string, string> = {}): string {
  return project({
    files: {
      'pages/api/hello.js': hello,
      'pages/api/posts/[...slug].js': hello,
      'app/(shop)/api/products/[id]/route.ts': `export const GET = () => new Response('ok')\nexport const DELETE = GET`,
      'app/api/_private/route.ts': `export const GET = () => new Response('ok')`,
      ...files,
    },
  })
}

describe('the command line', () => {
  test('--version prints the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(`${repository}package.json`, 'utf8')) as {
      version: string
    }
    const { code, stdout, stderr } = await run(['--version'])
    assert.deepEqual([code, stdout.trim(), stderr], [0, `millrace ${version}`, ''])
  })

  test('--help lists the commands, and the options of each', async () => {
    const all = await run(['--help'])
    assert.equal(all.code, 0)
    for (const command of ['dev', 'build', 'start', 'routes', 'env', 'doctor']) {
      assert.match(all.stdout, new RegExp(`^  ${command} `, 'm'))
      const one = await run([command, '--help'])
      assert.equal(one.code, 0)
      assert.match(one.stdout, /--help/)
      if (command === 'dev' || command === 'start')
        assert.match(one.stdout, /-p,--port[\s\S]*-H,--hostname/)
    }
  })

  test('an invalid command or option is an error on stderr', async () => {
    for (const args of [
      ['serve'],
      ['dev', '--prot', '1'],
      ['dev', '-p', 'many'],
      ['start', '-p', '99999'],
      ['start', '--workers', '0'],
    ]) {
      const { code, stdout, stderr } = await run(args, { cwd: temporaryDirectory() })
      assert.equal(code, 1, args.join(' '))
      assert.equal(stdout, '', args.join(' '))
      assert.notEqual(stderr, '', args.join(' '))
    }
  })

  test('without a project, the error says what was expected', async () => {
    const directory = temporaryDirectory()
    for (const command of ['dev', 'build', 'routes', 'doctor']) {
      const { code, stderr } = await run([command, `${directory}/nothing`])
      assert.equal(code, 1, command)
      assert.ok(stderr.includes(`${directory}/nothing`), stderr)
    }
  })

  test('start without a build is an error that says so', async () => {
    const directory = small()
    const { code, stderr } = await run(['start', directory, '-p', '0'])
    assert.equal(code, 1)
    assert.match(stderr, /millrace build/)
  })

  test('a port in use is an error that names it', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    const { port } = blocker.address() as { port: number }
    try {
      const { code, stderr } = await run(['dev', small(), '-p', String(port)])
      assert.equal(code, 1)
      assert.ok(stderr.includes(String(port)), stderr)
    } finally {
      blocker.close()
    }
  })

  test('--node with a program that is not node is an error that names it', async () => {
    const { code, stderr } = await run(['build', small(), '--node', '/nowhere/node'])
    assert.equal(code, 1)
    assert.ok(stderr.includes('/nowhere/node'), stderr)
  })

  test('PORT is the port unless -p is given', async () => {
    const directory = small()
    // -p 0, which startServer passes, takes precedence over a port that cannot be used.
    await using server = await startServer({ command: 'dev', directory, env: { PORT: '1' } })
    assert.notEqual(server.port, 1)
  })

  test('on SIGTERM a server exits with 0', async () => {
    const server = await startServer({ command: 'dev', directory: small() })
    assert.equal(await (await fetch(`${server.url}/api/hello`)).text(), 'hello')
    assert.deepEqual(await server.stop(), { code: 0, signal: null })
  })

  test('output has no colours without a terminal', async () => {
    const directory = small()
    const built = await build(directory)
    const routes = await run(['routes', directory])
    const printed = built.stdout + built.stderr + routes.stdout + routes.stderr
    assert.ok(!printed.includes('\x1b'), printed)
  })
})

describe('millrace routes', () => {
  test('prints path, kind, file and parameters, and after a build the methods', async () => {
    const directory = small()
    const before = await run(['routes', directory])
    assert.equal(before.code, 0, before.stderr)
    assert.match(
      before.stdout,
      /\/api\/products\/\[id\] +app +app\/\(shop\)\/api\/products\/\[id\]\/route\.ts +id/,
    )
    assert.match(
      before.stdout,
      /\/api\/posts\/\[\.\.\.slug\] +pages +pages\/api\/posts\/\[\.\.\.slug\]\.js +\.\.\.slug/,
    )
    assert.doesNotMatch(before.stdout, /_private/)
    await build(directory)
    assert.match((await run(['routes', directory])).stdout, /GET,? DELETE/)
  })

  test('--json prints JSON', async () => {
    const directory = small()
    const { stdout } = await run(['routes', directory, '--json'])
    const routes = JSON.parse(stdout) as {
      path: string
      kind: string
      file: string
      parameters: unknown
    }[]
    assert.deepEqual(routes.map(({ path, kind }) => [path, kind]).sort(), [
      ['/api/hello', 'pages'],
      ['/api/posts/[...slug]', 'pages'],
      ['/api/products/[id]', 'app'],
    ])
    assert.deepEqual(routes.find(({ path }) => path.includes('slug'))?.parameters, [
      { name: 'slug', kind: 'catch-all' },
    ])
  })

  test('two files for the same path are an error that names both', async () => {
    for (const [files, names] of [
      [
        { 'app/api/hello/route.js': `export const GET = () => new Response('ok')` },
        ['app/api/hello/route.js', 'pages/api/hello.js'],
      ],
      [{ 'pages/api/a/[x].js': hello, 'pages/api/a/[y].js': hello }, ['[x]', '[y]']],
    ] as const) {
      const { code, stderr } = await run(['routes', small(files)])
      assert.equal(code, 1)
      for (const name of names) assert.ok(stderr.includes(name), stderr)
    }
  })
})

describe('millrace env', () => {
  test('lists names and files and masks values', async () => {
    const directory = small({
      '.env': 'SHARED=from-env\nAPI_SECRET=sk_live_1234567890\n',
      '.env.local': 'SHARED=from-local\n',
      '.env.production': 'ONLY_PRODUCTION=production-value\n',
    })
    const { code, stdout } = await run(['env', directory])
    assert.equal(code, 0)
    assert.match(stdout, /SHARED.*\.env\.local/)
    assert.match(stdout, /API_SECRET.*\.env/)
    assert.doesNotMatch(stdout, /sk_live_1234567890|from-local|from-env|ONLY_PRODUCTION/)
    assert.match((await run(['env', directory, '--mode', 'production'])).stdout, /ONLY_PRODUCTION/)
  })
})
