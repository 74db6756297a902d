import assert from 'node:assert/strict'
import { test } from 'node:test'

import { TestProject, TestServer } from './support.ts'

const source = `import { cookies, draftMode, headers } from 'next/headers'
export const GET = async (request, { params }) => {
  const without = { geo: request.geo, id: params.id, keys: Object.keys(params), theme: undefined, all: undefined, agent: undefined, isEnabled: undefined, listed: undefined }
  try {
    without.theme = cookies().get('theme')?.value
    without.all = [...cookies()].map(([name]) => name)
    without.listed = Object.fromEntries(headers())['x-agent']
    without.agent = headers().get('x-agent')
    without.isEnabled = draftMode().isEnabled
    cookies().set('seen', '1')
  } catch (error) { without.error = error.constructor.name }
  const { id } = await params
  const store = await cookies()
  return Response.json({ without, waited: [id, store.get('theme').value, (await headers()).get('x-agent'), (await draftMode()).isEnabled, params instanceof Promise] })
}`

async function ask(
  files: Readonly<Record<string, object>>,
): Promise<{ response: Record<string, unknown>; cookie: string | undefined; warnings: string[] }> {
  using project = new TestProject()
  for (const [path, content] of Object.entries(files)) project.write(path, JSON.stringify(content))
  await using server = await TestServer.start(project, [
    { kind: 'app', path: '/api/[id]', source, parameters: [{ name: 'id', kind: 'single' }] },
  ])
  const headers = [
    ['Host', 'a'],
    ['Cookie', 'theme=dark'],
    ['X-Agent', 'test'],
  ] as const
  const request = { url: '/api/7', parameters: '7', headers }
  await server.request(request)
  const response = await server.request(request)
  await server.ping()
  const warnings = server.logs
    .map(({ text }) => text)
    .filter((text) => text.includes('should be awaited'))
  return {
    response: JSON.parse(response.text) as Record<string, unknown>,
    cookie: response.header('set-cookie'),
    warnings,
  }
}

const waited = ['7', 'dark', 'test', false, true]
const older: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  '13.4': { 'package.json': { dependencies: { next: '13.4.19' } } },
  '14, a range': { 'package.json': { dependencies: { next: '^14.2.0' } } },
  '15, installed': {
    'package.json': { devDependencies: { next: 'latest' } },
    'node_modules/next/package.json': { version: '15.5.4' },
  },
  'no next': { 'package.json': { dependencies: {} } },
  'no package.json': {},
}

for (const [name, files] of Object.entries(older)) {
  test(`members of a promised value can be used without await: ${name}`, async () => {
    const { response, cookie, warnings } = await ask(files)
    assert.deepEqual(response, {
      without: {
        ...(/^1[34]/.test(name) ? { geo: {} } : {}),
        id: '7',
        keys: ['id'],
        theme: 'dark',
        all: ['theme'],
        listed: 'test',
        agent: 'test',
        isEnabled: false,
      },
      waited,
    })
    assert.match(cookie!, /^seen=1/)
    // One warning for each place, though there were two requests.
    assert.equal(warnings.length, 7, warnings.join('\n'))
    assert.match(
      warnings[0]!,
      /^Route "\/api\/\[id\]" used `params\.id` at .*0\.mjs:\d+:\d+\. `params` should be awaited/,
    )
    assert.match(warnings[1]!, /used `cookies\(\)\.get` at .*0\.mjs:/)
  })
}

const newer: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  '16': { 'package.json': { dependencies: { next: '^16.0.0' } } },
  'the newest': { 'package.json': { dependencies: { next: 'latest' } } },
}

for (const [name, files] of Object.entries(newer)) {
  test(`a promise has no members of its value: ${name}`, async () => {
    const { response, warnings } = await ask(files)
    assert.deepEqual(response, { without: { keys: [], error: 'TypeError' }, waited })
    assert.deepEqual(warnings, [])
  })
}

test('at most 1,000 places are warned about', async () => {
  using project = new TestProject()
  const made = `export const GET = (request, { params }) => {
    for (let i = 0; i < 1100; ++i) new Function('params', 'params.id\\n//# sourceURL=/made/' + i + '.js')(params)
    return new Response()
  }`
  await using server = await TestServer.start(project, [
    { kind: 'app', path: '/api/[id]', source: made, parameters: [{ name: 'id', kind: 'single' }] },
  ])
  await server.request({ url: '/api/7', parameters: '7' })
  await server.ping()
  const warnings = server.logs.filter(({ text }) => text.includes('should be awaited'))
  assert.equal(warnings.length, 1000)
  assert.match(warnings[999]!.text, /at \/made\/999\.js:/)
})
