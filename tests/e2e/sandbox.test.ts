/**
 * Tests what a handler in a sandbox can and cannot reach, by trying each, as root and as an
 * ordinary user. If the kernel cannot sandbox, the only test is that nothing which requires a
 * sandbox is served. sandbox-doors.test.ts tests ways out of the sandbox.
 */
import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { constants } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  build,
  project,
  rawRequest,
  run,
  type Server,
  startServer,
  type User,
  users,
  write,
} from './support/index.ts'

const handler = `
import fs from 'node:fs'
import dns from 'node:dns/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { execFileSync } from 'node:child_process'

const attempts = {
  read: (file) => fs.readFileSync(file, 'utf8'),
  // The kernel's own judgement, without Node.js's before it.
  list: (folder) => fs.readdirSync(folder),
  write: (file) => fs.writeFileSync(file, 'written'),
  temporary() {
    const file = path.join(os.tmpdir(), 'mine')
    fs.writeFileSync(file, 'written')
    return [os.tmpdir(), os.homedir(), fs.readFileSync(file, 'utf8')]
  },
  run: (program) => execFileSync(program).toString(),
  env: (name) => process.env[name] ?? null,
  memory: () => process.memoryUsage().rss > 0,
  status: () => /NoNewPrivs:\\s+1[^]*Seccomp:\\s+2/.test(fs.readFileSync('/proc/self/status', 'utf8')),
  resolve: async () => (await dns.lookup('localhost')).address,
  other: () => fs.readFileSync('/proc/' + process.ppid + '/environ', 'utf8').length,
  signal: () => process.kill(process.ppid, 'SIGTERM'),
  control: (file) => new Promise((resolve, reject) => {
    const socket = net.connect(file, () => socket.write('{"command":"retire"}\\n'))
    socket.on('data', (data) => resolve(String(data))).on('error', reject).on('close', () => reject(Object.assign(new Error('closed'), { code: 'CLOSED' })))
  }),
}

export async function POST(request) {
  const { attempt, argument } = await request.json()
  try {
    return Response.json({ value: (await attempts[attempt](argument)) ?? 'done' })
  } catch (error) {
    return Response.json({ code: error.code, message: error.message })
  }
}`

const files = (toml: string) => ({
  'package.json': '{ "name": "boxed", "private": true }',
  'app/api/try/route.js': handler,
  'lib/data.json': '{ "a": 1 }',
  'node_modules/shared/index.json': '{}',
  '.env': 'FROM_FILE=secret\nDECLARED=given\n',
  'data/kept.txt': 'kept',
  'millrace.toml': toml,
})

interface Outcome {
  readonly value?: unknown
  readonly code?: string
  readonly message?: string
}

let server: Server
let directory: string
let neighbour: string

/** Starts a server of the project as the user, who then owns it. */
function serve(user: User, project: string, env?: Record<string, string>): Promise<Server> {
  user.own(project)
  return startServer({
    command: 'start',
    directory: project,
    args: ['--workers', '1'],
    prefix: user.prefix,
    binary: user.binary,
    ...(env && { env }),
  })
}

/** Whether the kernel can sandbox the user's workers, as the server reports. */
async function canSandbox(user: User): Promise<boolean> {
  const trial = project({ files: files('[pools.default]\nsandbox = true\n') })
  await build(trial)
  try {
    await using started = await serve(user, trial)
    return started.port > 0
  } catch (error) {
    if (/sandbox: expected/.test(String(error))) return false
    throw error
  }
}

async function attempt(name: string, argument?: string, at = server): Promise<Outcome> {
  const body = JSON.stringify({ attempt: name, argument })
  const response = await rawRequest(
    at.port,
    `POST /api/try HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  assert.equal(response.status, 200, response.body)
  return JSON.parse(response.body) as Outcome
}

for (const user of users()) {
  if (await canSandbox(user)) {
    describe(`for ${user.name}`, () => whereItCan(user))
  } else {
    test(`without kernel support nothing is served, and the reason is reported: ${user.name}`, async () => {
      const refused = project({ files: files('[pools.default]\nsandbox = true\n') })
      await build(refused)
      user.own(refused)
      const { code, stderr } = await run(['start', refused, '-p', '0'], {
        prefix: user.prefix,
        binary: user.binary,
      })
      assert.equal(code, 1)
      assert.match(stderr, /sandbox: expected .*, found /)
    })
  }
}

function whereItCan(user: User): void {
  before(async () => {
    neighbour = project({ files: { '.env': 'OTHERS=secret' } })
    directory = project({
      files: files('[pools.default]\nsandbox = { data = ["data"], env = ["DECLARED"] }\n'),
    })
    await build(directory)
    server = await serve(user, directory, { UNDECLARED: 'secret' })
  })
  after(async () => void (await server.stop()))

  describe('a sandbox denies', () => {
    const paths: Record<string, () => [string, string]> = {
      'reading the password file': () => ['read', '/etc/passwd'],
      'reading the shadow file': () => ['read', '/etc/shadow'],
      "reading another project's .env": () => ['read', join(neighbour, '.env')],
      "reading the project's own .env": () => ['read', join(directory, '.env')],
      'listing the folder above': () => ['list', dirname(directory)],
      'listing the root': () => ['list', '/'],
      'writing into the project': () => ['write', join(directory, 'lib/data.json')],
      'writing a new file into the project': () => ['write', join(directory, 'new.txt')],
      'writing to the common temporary folder': () => [
        'write',
        join(dirname(directory), 'elsewhere.txt'),
      ],
      'running a program': () => ['run', '/bin/ls'],
    }
    for (const [name, what] of Object.entries(paths)) {
      test(name, async () => {
        const [kind, path] = what()
        const { code, message } = await attempt(kind, path)
        // The kernel checks reads; Node.js checks everything else before it.
        const [expected, text] =
          kind === 'read' || kind === 'list'
            ? ['EACCES', path]
            : ['ERR_ACCESS_DENIED', 'restricted']
        assert.equal(code, expected, message)
        assert.ok(message!.includes(text), message)
      })
    }

    test("reading the server's environment", async () =>
      assert.match((await attempt('other')).code ?? '', /ERR_ACCESS_DENIED|EACCES|ENOENT/))
    test('signals to the server', async () => assert.equal((await attempt('signal')).code, 'EPERM'))
    test('variables that are not declared, of the environment and of files', async () => {
      assert.equal((await attempt('env', 'UNDECLARED')).value, 'done')
      assert.equal((await attempt('env', 'FROM_FILE')).value, 'done')
    })
    test('control commands to the server', async () => {
      const { code } = await attempt(
        'control',
        join(directory, `.millrace/control-${server.port}.sock`),
      )
      assert.match(code ?? '', /EPERM/)
      assert.equal((await attempt('memory')).value, true)
    })
  })

  describe('a sandbox allows', () => {
    test('reading the project and its packages', async () => {
      assert.equal((await attempt('read', join(directory, 'lib/data.json'))).value, '{ "a": 1 }')
      assert.equal(
        (await attempt('read', join(directory, 'node_modules/shared/index.json'))).value,
        '{}',
      )
    })
    test('reading and writing declared folders', async () => {
      assert.equal((await attempt('read', join(directory, 'data/kept.txt'))).value, 'kept')
      assert.equal((await attempt('write', join(directory, 'data/new.txt'))).value, 'done')
      assert.equal(readFileSync(join(directory, 'data/new.txt'), 'utf8'), 'written')
    })
    test('a temporary folder of its own', async () => {
      const [temporary, home, text] = (await attempt('temporary')).value as string[]
      assert.equal(temporary, home)
      assert.match(temporary!, /millrace-sandbox-/)
      assert.equal(text, 'written')
    })
    test('declared variables', async () =>
      assert.equal((await attempt('env', 'DECLARED')).value, 'given'))
    test('resolving names', async () =>
      assert.match(String((await attempt('resolve')).value), /^(127\.0\.0\.1|::1)$/))
    test('reading its own memory usage', async () =>
      assert.equal((await attempt('memory')).value, true))
    test('nothing that grants further privileges', async () =>
      assert.equal((await attempt('status')).value, true))
  })

  test('the kernel denies the same without the checks of Node.js', {
    timeout: 60_000,
  }, async () => {
    const open = project({
      files: files(
        '[pools.default]\nsandbox = { data = ["data"] }\nnode_flags = ["--allow-fs-write=*", "--allow-child-process"]\n',
      ),
    })
    await build(open)
    await using sandboxed = await serve(user, open)
    for (const [name, argument] of [
      ['read', '/etc/passwd'],
      ['read', join(neighbour, '.env')],
      ['read', join(open, '.env')],
      ['write', join(open, 'lib/data.json')],
      ['run', '/bin/ls'],
      ['other', ''],
    ] as const) {
      const { code, message } = await attempt(name, argument, sandboxed)
      assert.equal(
        code,
        { read: 'EACCES', other: 'EACCES', write: 'EROFS', run: 'EPERM' }[name],
        `${name} ${argument}: ${message}`,
      )
    }
    assert.equal(
      (await attempt('read', join(open, 'lib/data.json'), sandboxed)).value,
      '{ "a": 1 }',
    )
  })

  test('the secrets cannot be reached by a second name', { timeout: 60_000 }, async () => {
    const linked = project({
      files: files(
        '[pools.default]\nsandbox = true\nnode_flags = ["--allow-fs-write=*", "--allow-child-process"]\n',
      ),
    })
    symlinkSync('.', join(linked, 'self'))
    symlinkSync('.env', join(linked, 'settings'))
    symlinkSync('..', join(linked, 'above'))
    await build(linked)
    await using sandboxed = await serve(user, linked)
    for (const path of [
      '.env',
      'self/.env',
      'settings',
      `above/${basename(linked)}/.env`,
      '/etc/ssl/private',
    ]) {
      const outcome = await attempt(
        path.startsWith('/') ? 'list' : 'read',
        path.startsWith('/') ? path : join(linked, path),
        sandboxed,
      )
      assert.equal(outcome.code, 'EACCES', `${path}: ${JSON.stringify(outcome)}`)
    }
    const wholeProject = project({ files: files('[pools.default]\nsandbox = { data = ["."] }\n') })
    await build(wholeProject)
    const { code, stderr } = await run(['start', wholeProject, '-p', '0'])
    assert.equal(code, 1)
    assert.match(
      stderr,
      /sandbox: data: expected a folder inside the project, found .*name the folder to write to/,
    )
  })

  test('a program of the project cannot be started', { timeout: 60_000 }, async () => {
    const armed = project({
      files: files('[pools.default]\nsandbox = true\nnode_flags = ["--allow-child-process"]\n'),
    })
    copyFileSync('/bin/true', join(armed, 'lib/true'))
    chmodSync(join(armed, 'lib/true'), 0o755)
    await build(armed)
    await using sandboxed = await serve(user, armed)
    assert.equal((await attempt('run', join(armed, 'lib/true'), sandboxed)).code, 'EPERM')
  })

  test('routes in C++ have the same restrictions', { timeout: 60_000 }, async () => {
    const native = project({
      files: {
        ...files('[pools.default]\nsandbox = { data = ["data"] }\n'),
        'app/api/native/route.cpp': `#include <millrace/route.hpp>
#include <cerrno>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
using namespace millrace;
static int opened(const std::string& path, int flags) {
  const int file = ::open(path.c_str(), flags, 0600);
  if (file < 0) return errno;
  ::close(file);
  return 0;
}
static int ran(const char* program) {
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child == 0) {
    ::execl(program, program, nullptr);
    ::_exit(errno);
  }
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
Response GET(const Request&) {
  return Response::json(json::object{{"secret", opened(".env", O_RDONLY)}, {"passwd", opened("/etc/passwd", O_RDONLY)},
    {"own", opened("lib/data.json", O_RDONLY)}, {"change", opened("lib/data.json", O_WRONLY)}, {"data", opened("data/new", O_WRONLY | O_CREAT)},
    {"run", ran("/bin/true")}});
}
`,
      },
    })
    await build(native)
    await using sandboxed = await serve(user, native)
    const found = (await (await fetch(`${sandboxed.url}/api/native`)).json()) as Record<
      string,
      number
    >
    const { EACCES, EPERM, EROFS } = constants.errno
    assert.deepEqual(found, {
      secret: EACCES,
      passwd: EACCES,
      own: 0,
      change: EROFS,
      data: 0,
      run: EPERM,
    })
  })

  test('a declared folder that is missing is reported', async () => {
    const missing = project({ files: files('[pools.default]\nsandbox = { data = ["nowhere"] }\n') })
    await build(missing)
    const { code, stderr } = await run(['start', missing, '-p', '0'])
    assert.equal(code, 1)
    assert.match(stderr, /sandbox: data: expected a folder, found nothing at .*nowhere/)
    mkdirSync(join(missing, 'nowhere'))
    write(missing, 'nowhere/x', '')
    await using server = await serve(user, missing)
    assert.equal((await attempt('write', join(missing, 'nowhere/y'), server)).value, 'done')
  })
}
