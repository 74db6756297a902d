// How an error is described: for the log, as text, as JSON and as a page.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { codeFrame } from '../src/base/report/code_frame.ts'
import { reportOf } from '../src/base/report/error_report.ts'
import { reportText } from '../src/base/report/report_text.ts'
import { framesOf } from '../src/base/report/stack.ts'
import { formFor } from '../src/invocation/accepted_form.ts'
import { TestProject, TestServer } from './support.ts'

function folderWith(t: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'report-'))
  t.after(() => rmSync(root, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return root
}

function errorWith(stack: string, message = 'boom'): Error {
  return Object.assign(new Error(message), { stack: `Error: ${message}\n${stack}` })
}

test('frames are read from stacks, also with parentheses in paths', () => {
  const frames = framesOf(
    [
      'Error: at home (/no:1:1',
      '    at async GET (/p/app/(shop)/route.ts:12:3)',
      '    at /p/lib/a b.ts:1:2',
      '    at new Store (file:///p/lib/a%20c.ts:3:4)',
      '    at JSON.parse (<anonymous>)',
      '    at node:internal/process/task_queues:95:5',
    ].join('\n'),
  )
  assert.deepEqual(frames, [
    { call: 'async GET', file: '/p/app/(shop)/route.ts', line: 12, column: 3 },
    { call: '', file: '/p/lib/a b.ts', line: 1, column: 2 },
    { call: 'new Store', file: '/p/lib/a c.ts', line: 3, column: 4 },
  ])
})

test('a code frame marks the place, also after tabs and at the ends of a file', () => {
  const source = 'one\n\ttwo(x)\nthree\nfour\nfive'
  assert.equal(
    codeFrame(source, 2, 5),
    ['  1 | one', '> 2 | \ttwo(x)', '    | \t   ^', '  3 | three', '  4 | four'].join('\n'),
  )
  assert.equal(
    codeFrame(source, 5, 1),
    ['  3 | three', '  4 | four', '> 5 | five', '    | ^'].join('\n'),
  )
  assert.equal(codeFrame(source, 6, 1), '')
  assert.ok(codeFrame('x'.repeat(1000), 1, 900).length < 200)
})

test("a report has the project's frames, the source, the cause, a hint and missing variables", (t) => {
  const root = folderWith(t, {
    'lib/db.ts':
      'export function connect() {\n  const url = process.env.REPORT_TEST_URL\n  throw new Error(url)\n}\n',
    'app/api/a/route.ts': "process.env['REPORT_TEST_MODE']\nprocess.env.PATH\n",
  })
  const cause = Object.assign(errorWith('', 'connect ECONNREFUSED 127.0.0.1:1'), {
    code: 'ECONNREFUSED',
  })
  const error = errorWith(
    [
      `    at Driver.open (${root}/node_modules/driver/index.js:9:9)`,
      `    at connect (${root}/lib/db.ts:3:9)`,
      `    at async GET (${root}/app/api/a/route.ts:1:1)`,
      '    at async run (/install/share/millrace/runtime/node/src/app/handle.ts:1:1)',
      '    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
    ].join('\n'),
  )
  error.cause = cause
  const report = reportOf(error, root)
  assert.equal(report.kind, 'thrown')
  assert.deepEqual(
    report.frames.map(({ file, line }) => `${file}:${line}`),
    [`${root}/lib/db.ts:3`, `${root}/app/api/a/route.ts:1`],
  )
  assert.deepEqual(report.missing, ['REPORT_TEST_MODE', 'REPORT_TEST_URL'])
  const text = reportText(report, root)
  assert.match(
    text,
    /^Error: boom\n {4}at connect \(lib\/db\.ts:3:9\)\n {4}at async GET \(app\/api\/a\/route\.ts:1:1\)\n/,
  )
  assert.match(text, /^> 3 \| {3}throw new Error\(url\)\n {4}\| {9}\^$/m)
  assert.match(text, /Caused by: Error: connect ECONNREFUSED 127\.0\.0\.1:1/)
  assert.match(text, /code: 'ECONNREFUSED'/)
  assert.match(text, /hint: Nothing listens at this address\./)
  assert.match(text, /not set in the environment: REPORT_TEST_MODE, REPORT_TEST_URL$/)
})

test('values that are no errors, circular causes and lists of errors are described', () => {
  assert.match(reportText(reportOf('text', '/p'), '/p'), /^text\n {2}hint: .*throw an Error/)
  assert.match(reportText(reportOf({ a: 1 }, '/p'), '/p'), /^\{ a: 1 \}/)
  const circular = new Error('round')
  circular.cause = circular
  assert.deepEqual(reportOf(circular, '/p').causes, [])
  const many = new AggregateError(Array.from({ length: 50 }, (_, index) => new Error(`${index}`)))
  assert.equal(reportOf(many, '/p').causes.length, 8)
})

test('a client gets the form that it accepts', () => {
  for (const [accept, form] of [
    ['*/*', 'text'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
    ['application/json, text/plain, */*', 'json'],
    ['application/problem+json', 'json'],
    ['application/jsonx', 'text'],
  ] as const) {
    assert.equal(formFor(`Host: a\r\nACCEPT: ${accept}\r\n`), form, accept)
  }
  assert.equal(formFor('Host: a\r\n'), 'text')
})

const failing = {
  kind: 'app',
  source: `export function GET() { throw new TypeError('</script><script>alert(1)</script> $& <!--text-->') }`,
} as const

test('in development a browser gets a page, in which everything is escaped', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [failing], 'development')
  const response = await server.request({
    url: '/</script>?a=<b>',
    headers: [
      ['Accept', 'text/html'],
      ['Cookie', 'session=very-secret'],
    ],
  })
  assert.equal(response.status, 500)
  assert.equal(response.header('content-type'), 'text/html; charset=utf-8')
  assert.match(response.header('content-security-policy') ?? '', /^default-src 'none'/)
  assert.equal(response.text.split('</script>').length, 3, 'one for the data, one for the code')
  assert.ok(!response.text.includes('<script>alert'))
  assert.ok(!response.text.includes('very-secret'))
  const data = /<script id="data" type="application\/json">(.*)<\/script>/.exec(response.text)![1]!
  const { error, request, generation } = JSON.parse(data)
  assert.equal(error.message, '</script><script>alert(1)</script> $& <!--text-->')
  assert.equal(request.url, '/</script>?a=<b>')
  assert.equal(generation, 1)
  assert.match(response.text, /<pre>Internal Server Error\n\nTypeError: &lt;\/script&gt;/)
})

test('in development a client that accepts JSON gets JSON', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [failing], 'development')
  const response = await server.request({ headers: [['accept', 'application/json']] })
  assert.equal(response.header('content-type'), 'application/json; charset=utf-8')
  assert.equal(JSON.parse(response.text).error.name, 'TypeError')
})

test('in production no client gets a description', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [failing])
  for (const accept of ['text/html', 'application/json', '*/*']) {
    const response = await server.request({ headers: [['Accept', accept]] })
    assert.deepEqual([response.status, response.text], [500, ''])
  }
})

test('an error is logged once, with request and route, and without the query', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [failing], 'development')
  await server.request({ url: '/api/0?token=secret' })
  const { text } = await server.logged('TypeError')
  assert.match(text, /\n {2}in GET \/api\/0, route \/api\/0 \(.+\)$/)
  assert.ok(!text.includes('secret'))
})
