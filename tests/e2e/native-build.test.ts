/**
 * Tests the build of routes in C++: names, signatures and messages.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  build,
  project,
  run,
  type Server,
  startServer,
  temporaryDirectory,
  write,
} from './support/index.ts'

const head = '#include <millrace/route.hpp>\nusing namespace millrace;\n'
const routeWith = (text: string): string =>
  `${head}Response GET() { return Response::text(${JSON.stringify(text)}); }\n`

async function fetchText(server: Server, path: string): Promise<[number, string]> {
  const response = await fetch(server.url + path)
  return [response.status, await response.text()]
}

/** Repeats the request until the response matches; a rebuild takes as long as the compiler does. */
async function until(server: Server, path: string, expected: RegExp): Promise<string> {
  for (;;) {
    const [, text] = await fetchText(server, path)
    if (expected.test(text)) return text
  }
}

/** Returns the output of `millrace build` for a project that cannot be built. */
async function refusal(files: Record<string, string>): Promise<string> {
  const { code, stderr } = await run(['build', project({ files })])
  assert.equal(code, 1, stderr)
  return stderr
}

/** A project that its own CMake builds, with a shared library. */
const byCMake = {
  'millrace.toml': '[native]\ncmake = "CMakeLists.txt"\n',
  'CMakeLists.txt': `cmake_minimum_required(VERSION 3.25)
project(backend CXX)
find_package(Millrace REQUIRED)
add_library(greeting STATIC lib/greeting.cpp)
set_target_properties(greeting PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_include_directories(greeting PUBLIC lib)
millrace_add_routes(LINK_LIBRARIES greeting)
`,
  'lib/greeting.hpp': '#pragma once\nconst char* greeting();\n',
  'lib/greeting.cpp': '#include "greeting.hpp"\nconst char* greeting() { return "hello"; }\n',
  'app/api/a/route.cpp': `#include "greeting.hpp"\n${head}Response GET() { return Response::text(greeting()); }\n`,
  'app/api/b/route.cpp': `#include "greeting.hpp"\n${head}Response GET() { return Response::text(greeting()); }\n`,
}

test('handlers can omit their arguments, and pages/api handlers can take parameters', async (t) => {
  const directory = project({
    files: {
      'app/api/bare/route.cpp': `${head}
Response GET() { return Response::text("bare"); }
Task<Response> POST() { co_return Response::text("later"); }
RouteOptions options() { return {.max_body = 3}; }
Response PUT(const Request& request) { return Response::text(request.text()); }
`,
      'pages/api/users/[id].cpp': `${head}void handler(Request&, ResponseWriter& response, const Params& params) { response.json(params["id"]); }\n`,
      'pages/api/late/[...all].cpp': `${head}Task<void> handler(Request&, ResponseWriter& response, const Params& params) { response.json(params.all("all").size()); co_return; }\n`,
    },
  })
  await build(directory)
  const server = await startServer({ command: 'start', directory })
  t.after(() => server.stop())
  assert.deepEqual(await fetchText(server, '/api/bare'), [200, 'bare'])
  assert.equal(await (await fetch(`${server.url}/api/bare`, { method: 'POST' })).text(), 'later')
  assert.equal((await fetch(`${server.url}/api/bare`, { method: 'PUT', body: 'four' })).status, 413)
  assert.deepEqual(await fetchText(server, '/api/users/7'), [200, '"7"'])
  assert.deepEqual(await fetchText(server, '/api/late/a/b/c'), [200, '3'])
})

test('a function that is named like a handler but has another signature is reported by name, and others are not', async () => {
  const stderr = await refusal({
    'app/api/takes/route.cpp': `${head}Response POST() { return Response(200); }\nResponse GET(std::string) { return Response(200); }\n`,
    'app/api/gives/route.cpp': `${head}std::string DELETE(const Request&) { return ""; }\n`,
    'app/api/streams/route.cpp': `${head}Response PUT(StreamedRequest&) { return Response(200); }\n`,
    'app/api/misspelt/route.cpp': `${head}Response Get(const Request&) { return Response(200); }\n`,
    'pages/api/old.cpp': `${head}void handler(Request&) {}\n`,
    // Not a handler, so not reported.
    'pages/api/helpers.cpp': `${head}static int GET(int x) { return x; }\nvoid handler(Request&, ResponseWriter& response) { response.json(GET(1)); }\n`,
  })
  assert.match(
    stderr,
    /\/api\/takes \(app\/api\/takes\/route\.cpp\) cannot be compiled:\napp\/api\/takes\/route\.cpp: error: GET takes something else: expected Response GET\(const Request&, const Params&\)/,
  )
  assert.match(
    stderr,
    /app\/api\/gives\/route\.cpp: error: DELETE returns something else: expected Response DELETE/,
  )
  assert.match(
    stderr,
    /app\/api\/streams\/route\.cpp: error: PUT returns something else: one that takes a StreamedRequest& returns Task<Response>/,
  )
  assert.match(
    stderr,
    /app\/api\/misspelt\/route\.cpp: the function Get is not a handler; the handler for GET must be named GET/,
  )
  assert.match(
    stderr,
    /pages\/api\/old\.cpp: error: handler takes something else: expected void handler\(Request&, ResponseWriter&\)/,
  )
  assert.ok(!stderr.includes('helpers.cpp'), stderr)
  assert.ok(!stderr.includes('export_route.hpp'), stderr)
})

test('a brace or quotation mark that is not closed is reported where it begins', async () => {
  const open = `${head}Response GET(const Request&) {\n  if (true) {\n  return Response(200);\n}\n`
  const stderr = await refusal({
    'app/api/a/route.cpp': open,
    'app/api/b/route.cpp': open.replace('true', 'fals'),
  })
  assert.match(
    stderr,
    /app\/api\/a\/route\.cpp: a brace or quotation mark is not closed:\n(.*\n)*app\/api\/a\/route\.cpp:6:2: error: expected .}.*\n(.*\n)*app\/api\/a\/route\.cpp:3:30: note: to match this/,
  )
  assert.match(stderr, /app\/api\/b\/route\.cpp:4:7: error: .fals. was not declared/)
  assert.ok(!stderr.includes('export_route.hpp'), stderr)
})

/** In each pair the names only differ in a slash, a dot, a dash or an underscore. */
const alike = ['v1.users', 'v1/users', 'a-b', 'a_b']
const alikeRoutes = Object.fromEntries(
  alike.map((path) => [`app/api/${path}/route.cpp`, routeWith(path)]),
)

test('similar paths are separate routes', async (t) => {
  const directory = project({ files: alikeRoutes })
  await build(directory)
  const server = await startServer({ command: 'start', directory })
  t.after(() => server.stop())
  for (const path of alike) assert.deepEqual(await fetchText(server, `/api/${path}`), [200, path])
})

test('routes in JavaScript are served while the first routes in C++ are compiled', async (t) => {
  const folder = temporaryDirectory()
  const go = join(folder, 'go')
  const compiler = join(folder, 'c++')
  writeFileSync(
    compiler,
    `#!/bin/sh\ncase "$*" in *-MMD*) until [ -e ${go} ]; do sleep 0.05; done;; esac\nexec c++ "$@"\n`,
  )
  chmodSync(compiler, 0o755)
  const directory = project({
    files: {
      'millrace.toml': `[native]\ncompiler = "${compiler}"\n`,
      'app/api/js/route.js': "export const GET = () => new Response('js')\n",
      'app/api/cpp/route.cpp': `${head}Response GET() { return Response::text("cpp"); }\n`,
    },
  })
  const server = await startServer({ command: 'dev', directory })
  t.after(() => server.stop())
  assert.deepEqual(await fetchText(server, '/api/js'), [200, 'js'])
  write(directory, 'app/api/js/route.js', "export const GET = () => new Response('saved')\n")
  assert.deepEqual(await fetchText(server, '/api/js'), [200, 'saved'])
  const waiting = fetchText(server, '/api/cpp')
  assert.deepEqual(await fetchText(server, '/api/js'), [200, 'saved'])
  writeFileSync(go, '')
  assert.deepEqual(await waiting, [200, 'cpp'])
})

test('without a compiler, routes in JavaScript are served, and routes in C++ name what is missing', async (t) => {
  const compiler = join(temporaryDirectory(), 'c++')
  const directory = project({
    files: {
      'millrace.toml': `[native]\ncompiler = "${compiler}"\n`,
      'app/api/js/route.js': "export const GET = () => new Response('js')\n",
      'app/api/cpp/route.cpp': `${head}Response GET() { return Response::text("cpp"); }\n`,
    },
  })
  const server = await startServer({ command: 'dev', directory })
  t.after(() => server.stop())
  assert.deepEqual(await fetchText(server, '/api/js'), [200, 'js'])
  const [status, text] = await fetchText(server, '/api/cpp')
  assert.equal(status, 500)
  assert.match(text, /api\/cpp\/route\.cpp[\s\S]*cannot be built[\s\S]*compiler/)
  assert.equal(server.output().split('Routes in C++ cannot be built').length - 1, 1)
  // The next save tries again.
  symlinkSync(execFileSync('which', ['c++'], { encoding: 'utf8' }).trim(), compiler)
  write(directory, 'app/api/js/route.js', "export const GET = () => new Response('saved')\n")
  await until(server, '/api/cpp', /^cpp$/)
  assert.deepEqual(await fetchText(server, '/api/js'), [200, 'saved'])
  unlinkSync(compiler)
  // A build for production is complete, or there is none.
  const built = await run(['build', directory])
  assert.equal(built.code, 1)
  assert.match(built.stderr, /Routes in C\+\+ need a compiler|\[native\] compiler/)
})

test('a development server that ends leaves no compiler behind', async () => {
  const folder = temporaryDirectory()
  const started = join(folder, 'pid')
  const compiler = join(folder, 'c++')
  writeFileSync(
    compiler,
    `#!/bin/sh\ncase "$*" in *-MMD*) echo $$ >${started}.new; mv ${started}.new ${started}; while :; do sleep 0.05; done;; esac\nexec c++ "$@"\n`,
  )
  chmodSync(compiler, 0o755)
  const compiling = new Promise<void>((resolve) => {
    const watcher = watch(folder, () => {
      if (!existsSync(started)) return
      watcher.close()
      resolve()
    })
  })
  const server = await startServer({
    command: 'dev',
    directory: project({
      files: {
        'millrace.toml': `[native]\ncompiler = "${compiler}"\n`,
        'app/api/js/route.js': "export const GET = () => new Response('js')\n",
        'app/api/cpp/route.cpp': `${head}Response GET() { return Response::text("never"); }\n`,
      },
    }),
  })
  await compiling
  assert.deepEqual(await server.stop(), { code: 0, signal: null })
  const pid = Number(readFileSync(started, 'utf8'))
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

test('a change of a shared source takes effect in development', async (t) => {
  const source = (text: string): string => `const char* shared_text() { return "${text}"; }\n`
  const directory = project({
    files: {
      'millrace.toml': '[native]\nsources = ["services/*.cpp"]\n',
      'services/text.cpp': source('one'),
      'app/api/a/route.cpp': `${head}const char* shared_text();\nResponse GET() { return Response::text(shared_text()); }\n`,
    },
  })
  const server = await startServer({ command: 'dev', directory })
  t.after(() => server.stop())
  assert.deepEqual(await fetchText(server, '/api/a'), [200, 'one'])
  write(directory, 'services/text.cpp', source('two'))
  await until(server, '/api/a', /^two$/)
  await server.printed(/ {2}built 1 route in \d+ ms/)
  write(directory, 'app/api/b/route.cpp', `${head}Response GET() { return 7 + ; }\n`)
  await server.printed(/ {2}built 2 routes with 1 error in \d+ ms/)
})

test('CMake: a library that cannot be built fails its routes, and is reported once', async (t) => {
  const directory = project({ files: byCMake })
  await build(directory)
  const server = await startServer({ command: 'dev', directory })
  t.after(() => server.stop())
  assert.deepEqual(await fetchText(server, '/api/a'), [200, 'hello'])
  write(
    directory,
    'lib/greeting.cpp',
    '#include "greeting.hpp"\nconst char* greeting() { return broken; }\n',
  )
  assert.match(
    await until(server, '/api/a', /cannot be built/),
    /lib\/greeting\.cpp:2:\d+: error: .broken. was not declared/,
  )
  const { code, stderr } = await run(['build', directory])
  assert.equal(code, 1)
  assert.match(
    stderr,
    /CMakeLists\.txt: a dependency of these routes cannot be built: \/api\/a, \/api\/b\n/,
  )
  assert.equal(stderr.match(/was not declared/g)?.length, 1, stderr)
  write(
    directory,
    'lib/greeting.cpp',
    '#include "greeting.hpp"\nconst char* greeting() { return "again"; }\n',
  )
  await until(server, '/api/a', /^again$/)
  // If an object cannot be linked, the previous one is not served.
  write(
    directory,
    'CMakeLists.txt',
    byCMake['CMakeLists.txt'].replace('LIBRARIES greeting', 'LIBRARIES greeting nosuchlibrary'),
  )
  assert.match(await until(server, '/api/b', /cannot be built/), /-lnosuchlibrary/)
})

test("CMake: brackets in the project's path, similar paths, warnings and an invalid handler are supported", async (t) => {
  const directory = join(temporaryDirectory(), 'copy [1] of it')
  const greeting =
    '#include "greeting.hpp"\n#warning "mind this"\nconst char* greeting() { return "hello"; }\n'
  for (const [name, text] of Object.entries({
    ...byCMake,
    ...alikeRoutes,
    'lib/greeting.cpp': greeting,
  }))
    write(directory, name, text)
  const { stdout, stderr } = await build(directory)
  assert.match(stdout, /compiling the SDK's headers \(once\) and 6 routes/)
  assert.match(stderr, /lib\/greeting\.cpp:2:2: warning: #warning "mind this"/)
  const server = await startServer({ command: 'start', directory })
  t.after(() => server.stop())
  for (const path of alike) assert.deepEqual(await fetchText(server, `/api/${path}`), [200, path])
  write(directory, 'app/api/a/route.cpp', `${head}int GET() { return 1; }\n`)
  const failed = await run(['build', directory])
  assert.match(
    failed.stderr,
    /\/api\/a \(app\/api\/a\/route\.cpp\) cannot be built:\napp\/api\/a\/route\.cpp: error: GET returns something else/,
  )
})

test('warnings of a compiler are shown with the route', async () => {
  const directory = project({
    files: {
      'app/api/a/route.cpp': `${head}Response GET(const Request& request) { return Response(200); }\n`,
    },
  })
  assert.match(
    (await build(directory)).stderr,
    /warning: \/api\/a \(app\/api\/a\/route\.cpp\):\n(.*\n)*app\/api\/a\/route\.cpp:3:\d+: warning: unused parameter/,
  )
})
