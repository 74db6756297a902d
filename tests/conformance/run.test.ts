/**
 * Tests the command: fixtures of another folder, a record, differences, and the exit code.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory, write } from '../e2e/support/index.ts'

/**
 * Creates a folder with one fixture, whose handler uses its second server, and the record of its
 * responses.
 */
function folder(recorded: object | null): string {
  const directory = temporaryDirectory()
  const fixture = {
    'fixture.json': {
      description: 'one',
      env: { WORD: 'given' },
      secondServer: 'conformance/second.mjs',
    },
    'cases.json': {
      area: 'Libraries',
      cases: [{ name: 'calls the second server', path: '/api/ask' }],
    },
  }
  for (const [name, content] of Object.entries(fixture))
    write(directory, `fixtures/one/conformance/${name}`, JSON.stringify(content))
  write(
    directory,
    'fixtures/one/conformance/second.mjs',
    `
    import { createServer } from 'node:http'
    const server = createServer((request, response) => response.end('second at ' + request.headers.host))
    server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port))`,
  )
  write(
    directory,
    'fixtures/one/pages/api/ask.js',
    `
    export default async (req, res) => {
      const text = await (await fetch(process.env.SECOND_SERVER)).text()
      res.setHeader('X-Word', process.env.WORD).send(text)
    }`,
  )
  if (recorded)
    write(
      directory,
      'recorded/one.json',
      JSON.stringify({
        by: 'this test',
        answers: { cases: { 'calls the second server': [recorded] } },
      }),
    )
  return directory
}

const response = {
  status: 200,
  reason: 'OK',
  fields: [
    ['x-word', 'given'],
    ['etag', '(of the body before names were replaced)'],
    ['content-length', '(of the body before names were replaced)'],
    ['date', '(a time)'],
    ['connection', 'keep-alive'],
  ],
  body: 'second at {second}',
}

function runOn(
  directory: string,
  ...args: string[]
): { readonly status: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'run.ts'), '--fixtures', join(directory, 'fixtures'), ...args],
    { encoding: 'utf8' },
  )
  return { status, text: stdout + stderr }
}

test('a fixture in another folder equals its record', () => {
  const { status, text } = runOn(folder(response), '--verbose')
  assert.equal(status, 0, text)
  assert.match(text, /^equal {2}one: calls the second server$/m)
  assert.match(text, /^\| Libraries +\| +1 \| +1 \| +1 \| +0 \| +0 \|$/m)
})

test('an injected difference is reported, counted and causes exit code 1', () => {
  const { status, text } = runOn(
    folder({ ...response, fields: [...response.fields, ['x-other', 'planted']] }),
  )
  assert.equal(status, 1)
  assert.match(
    text,
    /^DIFFERS {2}one: calls the second server\n {2}x-other: next "planted", millrace none$/m,
  )
  assert.match(text, /^\| all +\| +1 \| +1 \| +0 \| +0 \| +1 \|$/m)
})

test('a case without a record fails with advice', () => {
  const { status, text } = runOn(folder(null))
  assert.equal(status, 1)
  assert.match(
    text,
    /has no record of "calls the second server" of cases\.json: record it with .*--live/,
  )
})

test('a missing fixture is an error', () => {
  const { status, text } = runOn(folder(response), '--fixture', 'two')
  assert.equal(status, 2)
  assert.match(text, /contains no fixture two; it contains: one/)
})
