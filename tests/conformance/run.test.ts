/**
 * The command as others use it: fixtures of their own, a record, what differs, and the exit code.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory, write } from '../e2e/support/index.ts'

/**
 * A folder of fixtures with one, whose handler asks its second server, and the record of its
 * answers.
 */
function folder(recorded: object | null): string {
  const directory = temporaryDirectory()
  const fixture = {
    'fixture.json': {
      description: 'one',
      env: { WORD: 'given' },
      secondServer: 'conformance/second.mjs',
    },
    'cases.json': { area: 'Libraries', cases: [{ name: 'asks', path: '/api/ask' }] },
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
      JSON.stringify({ by: 'this test', answers: { cases: { asks: [recorded] } } }),
    )
  return directory
}

const answer = {
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

test('a fixture from elsewhere equals its record', () => {
  const { status, text } = runOn(folder(answer), '--verbose')
  assert.equal(status, 0, text)
  assert.match(text, /^equal {2}one: asks$/m)
  assert.match(text, /^\| Libraries +\| +1 \| +1 \| +1 \| +0 \| +0 \|$/m)
})

test('a planted difference is told, counted and ends with 1', () => {
  const { status, text } = runOn(
    folder({ ...answer, fields: [...answer.fields, ['x-other', 'planted']] }),
  )
  assert.equal(status, 1)
  assert.match(text, /^DIFFERS {2}one: asks\n {2}x-other: next "planted", millrace none$/m)
  assert.match(text, /^\| all +\| +1 \| +1 \| +0 \| +0 \| +1 \|$/m)
})

test('a case without a record fails and says what to do', () => {
  const { status, text } = runOn(folder(null))
  assert.equal(status, 1)
  assert.match(text, /holds no answer to "asks" of cases\.json: record it with .*--live/)
})

test('a fixture that is not there is an error', () => {
  const { status, text } = runOn(folder(answer), '--fixture', 'two')
  assert.equal(status, 2)
  assert.match(text, /holds no fixture two; it holds: one/)
})
