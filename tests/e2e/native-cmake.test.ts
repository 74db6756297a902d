/**
 * Tests routes in C++ that the project's own CMake builds.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build, project, run, type Server, startServer, write } from './support/index.ts'

const head = '#include <millrace/route.hpp>\nusing namespace millrace;\n'
const files = {
  'millrace.toml': '[native]\ncmake = "CMakeLists.txt"\n',
  'CMakeLists.txt': `cmake_minimum_required(VERSION 3.25)
project(backend CXX)
find_package(Millrace REQUIRED)
add_library(greeting STATIC lib/greeting.cpp)
set_target_properties(greeting PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_include_directories(greeting PUBLIC lib)
millrace_add_routes(LINK_LIBRARIES greeting)
`,
  'lib/greeting.hpp': '#pragma once\n#include <string>\nstd::string greeting();\n',
  'lib/greeting.cpp': '#include "greeting.hpp"\nstd::string greeting() { return "hello"; }\n',
  'app/api/hello/[name]/route.cpp': `#include "greeting.hpp"\n${head}Response GET(const Request&, const Params& params) { return Response::text(greeting() + " " + params["name"]); }\n`,
  'pages/api/classic.cpp': `${head}void handler(Request&, ResponseWriter& response) { response.json(1); }\n`,
  'app/api/script/route.js': 'export const GET = () => new Response("script")',
}

async function fetchText(server: Server, path: string): Promise<[number, string]> {
  const response = await fetch(server.url + path)
  return [response.status, await response.text()]
}

test('routes are built and served beside JavaScript', async (t) => {
  const directory = project({ files })
  await build(directory)
  const server = await startServer({ command: 'start', directory })
  t.after(() => server.stop())
  assert.deepEqual(await fetchText(server, '/api/hello/Ada'), [200, 'hello Ada'])
  assert.deepEqual(await fetchText(server, '/api/classic'), [200, '1'])
  assert.deepEqual(await fetchText(server, '/api/script'), [200, 'script'])
})

test('in development, changes of a library and a route take effect, and an error only fails its route', async (t) => {
  const directory = project({ files })
  const server = await startServer({ command: 'dev', directory })
  t.after(() => server.stop())
  const until = async (path: string, expected: RegExp): Promise<string> => {
    for (;;) {
      const [, text] = await fetchText(server, path)
      if (expected.test(text)) return text
    }
  }
  assert.deepEqual(await fetchText(server, '/api/hello/Ada'), [200, 'hello Ada'])
  write(
    directory,
    'lib/greeting.cpp',
    '#include "greeting.hpp"\nstd::string greeting() { return "good day"; }\n',
  )
  await until('/api/hello/Ada', /^good day Ada$/)
  write(
    directory,
    'pages/api/classic.cpp',
    `${head}void handler(Request&, ResponseWriter& response) { response.json(2 + ); }\n`,
  )
  assert.match(
    await until('/api/classic', /cannot be built/),
    /pages\/api\/classic\.cpp:3:\d+: error: expected/,
  )
  assert.deepEqual(await fetchText(server, '/api/hello/Ada'), [200, 'good day Ada'])
  write(
    directory,
    'pages/api/classic.cpp',
    `${head}void handler(Request&, ResponseWriter& response) { response.json(3); }\n`,
  )
  await until('/api/classic', /^3$/)
})

test('a missing, failing or incomplete CMakeLists.txt is reported', async () => {
  const message = async (changes: Record<string, string | null>): Promise<string> => {
    const given = Object.fromEntries(
      Object.entries({ ...files, ...changes }).filter(
        (entry): entry is [string, string] => entry[1] !== null,
      ),
    )
    const { code, stderr } = await run(['build', project({ files: given })])
    assert.equal(code, 1)
    return stderr
  }
  assert.match(
    await message({ 'CMakeLists.txt': null }),
    /\[native\] cmake: CMakeLists\.txt does not exist/,
  )
  assert.match(
    await message({
      'CMakeLists.txt':
        'cmake_minimum_required(VERSION 3.25)\nproject(a CXX)\nfind_package(NoSuchThing REQUIRED)\n',
    }),
    /cmake cannot configure CMakeLists\.txt:(.|\n)*NoSuchThing/,
  )
  assert.match(
    await message({
      'CMakeLists.txt':
        'cmake_minimum_required(VERSION 3.25)\nproject(a CXX)\nadd_custom_target(millrace_routes)\n',
    }),
    /CMake did not create pages\.api\.classic\.so/,
  )
})
