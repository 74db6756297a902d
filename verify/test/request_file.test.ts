/**
 * Tests reading files of requests: what editors write in .http files.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseRequests } from '../src/request_file.ts'

const parse = (text: string, path = '/x/requests.http') =>
  parseRequests(path, text, { TOKEN: 'secret' })
const stepsOf = (text: string) => parse(text).requests.map(({ step }) => step)

test('requests are separated by ###, with a title, fields and a body', () => {
  const { requests } = parse(`
### sign in
# a remark
POST http://localhost:3000/api/login?x=1 HTTP/1.1
Content-Type: application/json
# another remark
X-Ä: ü

{
  "a": "ü"
}

###
GET /api/me
    ?a=1
    &b=2

###
/api/plain
`)
  assert.deepEqual(
    requests.map(({ title }) => title),
    ['sign in', '', ''],
  )
  const [login, me, plain] = requests.map(({ step }) => step)
  assert.deepEqual(
    [login!.method, login!.path, login!.body?.toString()],
    ['POST', '/api/login?x=1', '{\n  "a": "ü"\n}'],
  )
  assert.deepEqual(login!.headers, [
    ['Content-Type', 'application/json'],
    ['X-Ä', 'Ã¼'],
  ])
  assert.deepEqual([me!.method, me!.path, me!.body], ['GET', '/api/me?a=1&b=2', null])
  assert.deepEqual([plain!.method, plain!.path], ['GET', '/api/plain'])
})

test('variables come from the file, the environment, and responses', () => {
  const { requests } = parse(`
@base = http://localhost:3000/api
@user = ada
# @name login
POST {{base}}/login
Authorization: {{$processEnv TOKEN}}

user={{user}}
###
GET {{base}}/items/{{login.response.body.$.items[0].id}}
X-Where: {{login.response.headers.Location}}
`)
  const [login, item] = requests.map(({ step }) => step)
  assert.deepEqual(
    [login!.path, login!.headers[0]![1], login!.body?.toString()],
    ['/api/login', 'secret', 'user=ada'],
  )
  assert.equal(item!.path, '/api/items/{{login.response.body.$.items[0].id}}')
  assert.deepEqual(
    [...login!.capture],
    [
      ['login.response.body.$.items[0].id', { json: 'items.0.id' }],
      ['login.response.headers.Location', { header: 'location' }],
    ],
  )
})

test('$guid is one value per occurrence, also through a variable', () => {
  const { requests, uuids } = parse(
    '@id = {{$guid}}\nPUT /api/{{id}}\n\n{{id}}\n###\nGET /api/{{$uuid}}',
  )
  assert.deepEqual(uuids, ['$uuid-1', '$uuid-2'])
  assert.deepEqual(
    requests.map(({ step }) => step.path),
    ['/api/{{$uuid-1}}', '/api/{{$uuid-2}}'],
  )
  assert.equal(requests[0]!.step.body?.toString(), '{{$uuid-1}}')
})

test('a variable can be called host; otherwise host is the server of the request', () => {
  const steps = stepsOf(
    'GET /first\nX-Host: {{host}}\n###\n@host = http://localhost:3000\nGET {{host}}/api/a\n',
  )
  assert.deepEqual([steps[0]!.headers, steps[1]!.path], [[['X-Host', '{{host}}']], '/api/a'])
})

test('directives', () => {
  const { requests } = parse(
    '# @no-cookie-jar\n// @allow body $.now\n// @allow header etag\nGET /a\n',
  )
  assert.equal(requests[0]!.step.anonymous, true)
  assert.deepEqual(requests[0]!.allow, ['body $.now', 'header etag'])
})

test('in forms lines are joined, multipart has CRLF line ends, and files are inserted', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-verify-'))
  context.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'picture'), Buffer.from([0, 255, 10]))
  assert.equal(
    stepsOf(
      'POST /\nContent-Type: application/x-www-form-urlencoded\n\na=1\n&b=2\n',
    )[0]!.body?.toString(),
    'a=1&b=2',
  )
  const { requests } = parse(
    'POST /\nContent-Type: multipart/form-data; boundary=x\n\n--x\nContent-Disposition: form-data; name="f"\n\n< ./picture\n--x--\n',
    join(folder, 'a.http'),
  )
  assert.equal(
    requests[0]!.step.body?.toString('latin1'),
    '--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n\0\xff\n\r\n--x--\r\n',
  )
})

const faults: readonly (readonly [string, string, RegExp])[] = [
  ['no request', '# nothing\n', /requests\.http: no request/],
  ['an unknown variable', 'GET /{{user}}', /requests\.http:1: nothing defines \{\{user\}\}/],
  [
    'an unknown request',
    'GET /{{login.response.body.$.id}}',
    /no request has the line # @name login/,
  ],
  [
    'an expression of another kind',
    '# @name a\nGET /{{a.request.body}}',
    /expected NAME\.response\.body/,
  ],
  ['a missing variable of the environment', 'GET /{{$processEnv NONE}}', /no variable NONE/],
  ['an invalid request line', 'hello there', /:1: "hello there" is not a request line/],
  ['an invalid field', 'GET /\nhello', /:2: "hello" is not a header field/],
  ['a script', 'GET /\n\n> {% client.test() %}', /:3: scripts/],
  ['a missing file', 'POST /\n\n< ./none', /:3: the body's file cannot be read/],
]
for (const [what, text, message] of faults) {
  test(`refused: ${what}`, () => assert.throws(() => parse(text), message))
}
