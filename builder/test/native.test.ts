/**
 * Tests how routes in C++ are compiled, linked and loaded, and the messages if that fails.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { NativeProject } from './support/native_project.ts'

const route = 'app/a/route.cpp'
const returns = (expression: string, before = ''): string =>
  `${before}\nextern "C" int value() { return ${expression}; }\n`

test('a shared source is compiled again after a change', async (t) => {
  const project = new NativeProject(t, {
    'services/a.cpp': 'int shared() { return 1; }\n',
    [route]: returns('shared()', 'int shared();'),
  })
  const settings = { sources: ['services/*.cpp'] }
  assert.equal(await project.value(route, settings), 1)
  project.write({ 'services/a.cpp': 'int shared() { return 2; }\n' })
  assert.equal(await project.value(route, settings), 2)
})

test('a new header that hides another one causes a new compilation', async (t) => {
  const project = new NativeProject(t, {
    'lib2/sh.hpp': '#define ANSWER 1\n',
    'lib/other.hpp': '',
    [route]: returns('ANSWER', '#include "sh.hpp"'),
  })
  const settings = { include: ['lib', 'lib2'] }
  assert.equal(await project.value(route, settings), 1)
  project.write({ 'lib/sh.hpp': '#define ANSWER 2\n' })
  assert.equal(await project.value(route, settings), 2)
  // A header beside the route is found before all folders.
  project.write({ 'app/a/sh.hpp': '#define ANSWER 3\n' })
  assert.equal(await project.value(route, settings), 3)
})

test('a file that is saved during its compilation is compiled again', async (t) => {
  const project = new NativeProject(t, { [route]: returns('1') })
  const source = join(project.root, route)
  const compiler = project.script(
    `c++ "$@"; code=$?; case "$*" in *-MMD*) echo '${returns('2').replaceAll('\n', ' ')}' >${source};; esac; exit $code`,
  )
  assert.equal(await project.value(route, { compiler }), 1)
  assert.equal(await project.value(route), 2)
})

test('no two routes have the same module', async (t) => {
  const files = [
    'app/v1.users/route.cpp',
    'app/v1/users/route.cpp',
    'app/v1~1users/route.cpp',
    'app/v1~0.users/route.cpp',
    'app/v1~/users/route.cpp',
  ]
  const project = new NativeProject(
    t,
    Object.fromEntries(files.map((file, index) => [file, returns(String(index))])),
  )
  const { units, problems } = await project.build(files)
  assert.deepEqual(problems, [])
  assert.equal(new Set([...units.values()].map(({ module }) => module)).size, files.length)
})

test('a route that does not compile is compiled again only after a change', async (t) => {
  const project = new NativeProject(t, {
    'lib/x.hpp': '',
    [route]: '#include "../../lib/x.hpp"\nint x = missing;\n',
  })
  const { compiler, calls } = project.counting()
  const compilations = (): number =>
    readFileSync(calls, 'utf8')
      .split('\n')
      .filter((line) => line.includes('-MMD')).length
  const first = await project.build([route], { compiler })
  assert.match(first.problems[0]!, /missing/)
  assert.ok(
    first.inputs.some((path) => join(path) === join(project.root, 'lib/x.hpp')),
    'what it was made of is known',
  )
  assert.equal(compilations(), 1)
  assert.deepEqual((await project.build([route], { compiler })).problems, first.problems)
  assert.equal(compilations(), 1)
  project.write({ 'lib/x.hpp': 'int missing = 5;\n' })
  assert.deepEqual((await project.build([route], { compiler })).problems, [])
  assert.equal(compilations(), 2)
})

test('folders for #include can be absolute, and a missing one is an error', async (t) => {
  const outside = mkdtempSync(join(tmpdir(), 'millrace-include-'))
  t.after(() => rmSync(outside, { recursive: true }))
  const project = new NativeProject(t, { [route]: returns('ANSWER', '#include "answer.hpp"') })
  writeFileSync(join(outside, 'answer.hpp'), '#define ANSWER 7\n')
  assert.equal(await project.value(route, { include: [outside] }), 7)
  await assert.rejects(
    project.build([route], { include: ['liib'] }),
    /millrace\.toml: \[native\] include: "liib" does not exist; expected a folder/,
  )
})

test('flags are also passed to the linker', async (t) => {
  const project = new NativeProject(t, { [route]: returns('7') })
  const { compiler, calls } = project.counting()
  await project.build([route], { compiler, flags: ['-fno-plt'] })
  assert.match(readFileSync(calls, 'utf8'), /-shared .*-fno-plt/)
})

test('warnings are reported with the route when it is compiled', async (t) => {
  const project = new NativeProject(t, {
    'services/a.cpp': 'int a() { int left; return 1; }\n',
    [route]: returns('1', 'static int unused() { return 1; }'),
  })
  const settings = { sources: ['services/*.cpp'] }
  const { warnings } = await project.build([route], settings)
  assert.equal(warnings.length, 2, warnings.join('\n'))
  assert.match(
    warnings[0]!,
    /^services\/a\.cpp:\n(.*\n)*services\/a\.cpp:1:\d+: warning: unused variable/,
  )
  assert.match(
    warnings[1]!,
    /^\/app\/a \(app\/a\/route\.cpp\):\napp\/a\/route\.cpp:1:\d+: warning: /,
  )
  assert.deepEqual((await project.build([route], settings)).warnings, [])
})

test('functions named almost like a method are reported', async (t) => {
  const text = `struct Response {};
// Response put(int)
const char* text = "Response delete(";
Response Get(int) { return {}; }
namespace other { Response post(int) { return {}; } }
Response GET(int) { return {}; }
Response Post(int) { return {}; }
int patch(int) { return 1; }
`
  const project = new NativeProject(t, { [route]: text })
  assert.deepEqual((await project.build([route])).warnings, [
    'app/a/route.cpp: the function Post is not a handler; the handler for POST must be named POST',
  ])
})

test("the compiler's first use is announced on the terminal", async (t) => {
  const project = new NativeProject(t, { [route]: returns('1') })
  const said: string[] = []
  t.mock.method(process.stdout, 'write', (text: string) => said.push(text) > 0)
  await project.build([route])
  await project.build([route])
  t.mock.restoreAll()
  assert.deepEqual(
    said.filter((text) => text.includes('SDK')),
    ["  compiling the SDK's headers (once) and 1 route ...\n"],
  )
})

test('an unusable compiler, flag or library is reported with its setting', async (t) => {
  const project = new NativeProject(t, { [route]: returns('1') })
  await assert.rejects(
    project.build([route], { flags: ['-fnonsense'] }),
    /millrace\.toml: \[native\] flags: c\+\+ does not accept "-fnonsense":\n.*-fnonsense/,
  )
  await assert.rejects(
    project.build([route], { compiler: '/no/c++' }),
    /millrace\.toml: \[native\] compiler: \/no\/c\+\+ cannot be started/,
  )
  const before = process.env['CXX']
  process.env['CXX'] = '/no/such/c++'
  try {
    await assert.rejects(
      project.build([route]),
      /variable CXX names the compiler.*\/no\/such\/c\+\+ cannot be started/,
    )
  } finally {
    if (before === undefined) delete process.env['CXX']
    else process.env['CXX'] = before
  }
  assert.match(
    (await project.build([route], { libraries: ['nosuchthing'] })).problems[0]!,
    /cannot be linked:\n(.*\n)*.*-lnosuchthing(.*\n)*.*\[native\] libraries or pkg_config/,
  )
})

test('undefined symbols and missing files are reported with the setting', async (t) => {
  const project = new NativeProject(t, { [route]: returns('elsewhere()', 'int elsewhere();') })
  const unlinked = await project.build([route])
  assert.match(
    unlinked.problems[0]!,
    /cannot be linked:\n(.*\n)*.*undefined reference(.*\n)*.*\[native\] sources.*\[native\] libraries or pkg_config/,
  )
  project.write({ [route]: '#include "nothing.hpp"\n' })
  assert.match(
    (await project.build([route])).problems[0]!,
    /cannot be compiled:\napp\/a\/route\.cpp:1:10: fatal error: (.*\n)*.*\[native\] include/,
  )
})

test('a route that exits or prints while it is loaded is an error', async (t) => {
  const project = new NativeProject(t, {
    [route]: '#include <cstdlib>\nstatic int x = (std::abort(), 1);\n',
  })
  assert.match(
    (await project.build([route])).problems[0]!,
    /^\/app\/a \(app\/a\/route\.cpp\) cannot be loaded:\n.*by SIGABRT/,
  )
  project.write({ [route]: '#include <cstdlib>\nstatic int x = (std::_Exit(3), 1);\n' })
  assert.match((await project.build([route])).problems[0]!, /cannot be loaded:\n.*with exit code 3/)
  project.write({ [route]: '#include <cstdio>\nstatic int x = (std::printf("hello"), 1);\n' })
  assert.match(
    (await project.build([route])).problems[0]!,
    /cannot be loaded:\n.*prints to the standard output.*\nhello/,
  )
})
