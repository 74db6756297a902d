/**
 * Tests the npm packages as a user meets them: scripts/package makes them from the build under
 * test, `npm install -D millrace` installs them into an empty project, and `npm run` serves it.
 */
import assert from 'node:assert/strict'
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import {
  binary,
  project,
  repository,
  type Server,
  startServer,
  temporaryDirectory,
} from './support/index.ts'
import { startRegistry } from './support/registry.ts'

const buildFolder = dirname(realpathSync(binary()))
const cache = join(buildFolder, 'CMakeCache.txt')
const portable =
  existsSync(cache) && /^MILLRACE_PORTABLE:\w+=ON$/m.test(readFileSync(cache, 'utf8'))
const platform = `${process.platform}-${process.arch}`
const modules = join(repository, 'node_modules')

describe('the npm packages', { skip: !portable && 'not a build to be packed' }, () => {
  const packages = portable ? temporaryDirectory() : ''
  const directory = project({
    files: {
      'package.json': JSON.stringify({
        private: true,
        scripts: { dev: 'millrace dev', build: 'millrace build', start: 'millrace start' },
      }),
      'app/api/greeting/route.ts': `export const dynamic = 'force-dynamic'
export const GET = () => { console.log('greeted'); return new Response(process.env.GREETING) }`,
      'app/api/node/route.ts': `export const GET = () => Response.json({ path: process.execPath })`,
    },
  })
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: temporaryDirectory(),
    npm_config_cache: temporaryDirectory(),
    npm_config_update_notifier: 'false',
  }
  /** Runs a program in the project. */
  const run = (program: string, ...args: string[]) =>
    spawnSync(program, args, { cwd: directory, env: environment, encoding: 'utf8' })

  /** Starts `npm run dev` or `npm run start`. */
  const serve = (command: 'dev' | 'start'): Promise<Server> =>
    startServer({
      command,
      directory,
      prefix: ['sh', '-c', 'cd "$2" && exec npm run --silent "$1" -- "$3" "$4"'],
      binary: 'npm-run',
      // Of npm's shells, bash becomes the command, so that a signal to npm reaches the server.
      env: { HOME: environment['HOME'], npm_config_script_shell: 'bash' },
    })

  async function expectResponse(server: Server): Promise<void> {
    const response = await fetch(`${server.url}/api/node`)
    // The Node.js that runs npm, and with it this test: native addons were installed for it.
    const { path } = (await response.json()) as { path: string }
    assert.equal(realpathSync(path), realpathSync(process.execPath))
  }

  before(async () => {
    const script = join(repository, 'scripts/package')
    execFileSync(script, ['--build', buildFolder, '--out', packages, 'npm'], { stdio: 'pipe' })
    const archives = readdirSync(packages).filter((name) => name.endsWith('.tgz'))
    assert.equal(archives.length, 2)
    // Dependencies of the packages, as this repository has installed them.
    const cpu = process.arch
    const dependencies = [
      'esbuild',
      `@esbuild/linux-${cpu}`,
      '@swc/core',
      `@swc/core-linux-${cpu}-gnu`,
      '@swc/counter',
      '@swc/types',
    ]
    await using registry = await startRegistry(
      archives.map((name) => join(packages, name)),
      dependencies.map((name) => join(modules, name)),
      temporaryDirectory(),
    )
    environment['npm_config_registry'] = registry.url
    const install = ['install', '--save-dev', '--no-audit', '--no-fund', 'millrace']
    // Not synchronously: this process is the registry.
    await promisify(execFile)('npm', install, { cwd: directory, env: environment })
  })

  test('are installed with the executable, and without a Node.js that was left out', () => {
    const folder = join(directory, 'node_modules/@millrace', platform)
    assert.notEqual(statSync(join(folder, 'bin/millrace')).mode & 0o111, 0)
    assert.notEqual(
      statSync(join(folder, 'share/millrace/native/millrace-native-worker')).mode & 0o111,
      0,
    )
    assert.ok(!existsSync(join(directory, 'node_modules/@millrace', `node-${platform}`)))
    const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'))
    const printed = run('npx', 'millrace', '--version')
    assert.deepEqual([printed.stdout.trim(), printed.status], [`millrace ${version}`, 0])
  })

  test('need only glibc', () => {
    const program = join(directory, 'node_modules/@millrace', platform, 'bin/millrace')
    const libraries = run('ldd', program)
      .stdout.match(/\S+\.so\b\S*/g)!
      .map((path) => path.replace(/.*\//, ''))
    for (const library of libraries)
      assert.match(library, /^(linux-vdso|ld-linux-.*|libc|libm)\.so\.\d$/)
  })

  test('serve the project with `npm run dev`', async () => {
    await using server = await serve('dev')
    await expectResponse(server)
  })

  test('build it and serve the build', async () => {
    const built = run('npm', 'run', '--silent', 'build')
    assert.equal(built.status, 0, built.stderr)
    await using server = await serve('start')
    await expectResponse(server)
  })

  test('serve it to its own tests', () => {
    const file = join(directory, 'hello.test.mjs')
    writeFileSync(
      file,
      `import assert from 'node:assert/strict'
      import { test } from 'node:test'
      import { serve } from 'millrace/test'
      test('a build', async () => {
        await using server = await serve({ env: { GREETING: 'Hi' } })
        const response = await server.fetch('/api/greeting')
        assert.equal(await response.text(), 'Hi')
        await server.close()
        assert.match(server.output, /greeted/)
      })
      test('a project that cannot be served', async () => {
        await assert.rejects(serve({ build: false, args: ['--no-such-option'] }), /no-such-option/)
      })
      test('a project that cannot be built', async () => {
        await assert.rejects(serve({ root: 'broken' }), /millrace build failed[^]*api\\/none/)
      })
      test('a server that a test forgets', async () => {
        await serve({ build: false })
      })`,
    )
    mkdirSync(join(directory, 'broken/app/api/none'), { recursive: true })
    writeFileSync(join(directory, 'broken/app/api/none/route.ts'), 'export const none = 1')
    const { NODE_TEST_CONTEXT: _, ...env } = environment
    const tested = spawnSync(process.execPath, ['--test', file], {
      cwd: directory,
      env,
      encoding: 'utf8',
    })
    assert.equal(tested.status, 0, tested.stdout + tested.stderr)
    const types = readFileSync(join(directory, 'node_modules/millrace/test/serve.d.ts'), 'utf8')
    assert.match(
      types,
      /export declare function serve\(options\?: ServeOptions\): Promise<TestServer>/,
    )
  })

  test('name what .nvmrc asks for and does not get', () => {
    const built = spawnSync('sh', ['-c', 'echo 18 >.nvmrc && npx millrace build; rm .nvmrc'], {
      cwd: directory,
      env: environment,
      encoding: 'utf8',
    })
    assert.match(
      built.stderr,
      /note: \.nvmrc asks for Node\.js 18, but \d+\.\d+\.\d+ runs the routes/,
    )
  })

  test('say what is missing where the executable was left out', () => {
    const program = join(directory, 'node_modules/millrace/bin/millrace.mjs')
    const place = project({ files: { 'millrace.mjs': readFileSync(program, 'utf8') } })
    const alone = spawnSync(process.execPath, [join(place, 'millrace.mjs'), 'dev'], {
      cwd: place,
      encoding: 'utf8',
    })
    assert.equal(alone.status, 1)
    assert.match(alone.stderr, new RegExp(`@millrace/${platform}.*--include=optional`))
  })

  test('come with a list of their files and licences', () => {
    const [name = ''] = readdirSync(packages).filter((file) => file.endsWith('.spdx.json'))
    const document = JSON.parse(readFileSync(join(packages, name), 'utf8')) as {
      files: { fileName: string; comment: string }[]
      packages: { name: string; licenseDeclared: string }[]
    }
    const executable = document.files.find(({ fileName }) => fileName === './bin/millrace')!
    const size = statSync(join(directory, 'node_modules/@millrace', platform, 'bin/millrace')).size
    assert.equal(executable.comment, `${size} bytes`)
    const licenses = new Map(document.packages.map((part) => [part.name, part.licenseDeclared]))
    assert.equal(licenses.get('libssl-dev'), 'Apache-2.0')
    assert.equal(licenses.get('enhanced-resolve'), 'MIT')
    assert.equal(licenses.get('Node.js'), 'MIT')
  })
})
