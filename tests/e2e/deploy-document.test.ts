/** Tests the configurations of docs/deploy.md with the programs that read them. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  build,
  freePort,
  project,
  repository,
  startServer,
  temporaryDirectory,
} from './support/index.ts'
import { hasNginx, startNginxWith } from './support/nginx.ts'

const markdown = readFileSync(join(repository, 'docs/deploy.md'), 'utf8')

/** Returns the blocks in a language. */
const blocks = (language: string): string[] =>
  [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text,
  )

/** Replaces a part of a document's text, which must be there. */
function withReplaced(text: string, part: string | RegExp, by: string): string {
  const replaced = text.replace(part, by)
  assert.notEqual(replaced, text, `expected ${part} in ${text}`)
  return replaced
}

const skipNginx = !hasNginx && 'nginx is not installed'

test('the configuration of nginx passes on hosts, addresses and streams', {
  skip: skipNginx,
}, async () => {
  const directory = project({
    files: {
      'app/about/route.js': `
        export const GET = ({ headers, nextUrl }) => Response.json([nextUrl.protocol, headers.get('host'), headers.get('x-forwarded-for')])`,
      // The second chunk is sent when the client has asked for it, having received the first.
      'app/stream/route.js': `
        export const GET = () => new Response(new ReadableStream({
          async start(controller) {
            controller.enqueue('first')
            await new Promise((resolve) => { globalThis.proceed = resolve })
            controller.enqueue('second')
            controller.close()
          },
        }).pipeThrough(new TextEncoderStream()))`,
      'app/proceed/route.js': `export const POST = () => { globalThis.proceed(); return new Response() }`,
    },
  })
  await build(directory)
  await using server = await startServer({
    command: 'start',
    directory,
    args: ['-H', '127.0.0.1', '--workers', '1'],
  })
  const port = await freePort()
  let configuration = blocks('nginx')[0] ?? ''
  configuration = withReplaced(configuration, 'listen 443 ssl http2', `listen 127.0.0.1:${port}`)
  configuration = withReplaced(
    configuration,
    /^ *ssl_certificate.*\n *ssl_certificate_key.*\n/m,
    '',
  )
  configuration = withReplaced(configuration, '127.0.0.1:3000', `127.0.0.1:${server.port}`)
  const stop = await startNginxWith(configuration, port)
  try {
    const url = `http://127.0.0.1:${port}`
    const forged = { 'x-forwarded-for': '203.0.113.7' }
    const about = await fetch(`${url}/about`, { headers: forged })
    assert.deepEqual(await about.json(), ['http:', `127.0.0.1:${port}`, '127.0.0.1'])

    const stream = (await fetch(`${url}/stream`)).body!.pipeThrough(new TextDecoderStream())
    const chunks: string[] = []
    for await (const chunk of stream) {
      chunks.push(chunk)
      if (chunks.length === 1) await fetch(`${url}/proceed`, { method: 'POST' })
    }
    assert.deepEqual(chunks, ['first', 'second'])
  } finally {
    await stop()
  }
})

const analyze = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' })
const skipSystemd = analyze.status !== 0 && 'systemd-analyze is not installed'

test('systemd reads the units without a complaint', { skip: skipSystemd }, () => {
  const [service = '', socket = ''] = blocks('ini')
  const folder = temporaryDirectory()
  const unit = withReplaced(
    withReplaced(service, /^ExecStart=\S+/m, 'ExecStart=/usr/bin/env'),
    'User=shop',
    'User=root',
  )
  writeFileSync(join(folder, 'shop.service'), unit)
  writeFileSync(join(folder, 'shop.socket'), socket)
  const files = ['shop.service', 'shop.socket'].map((name) => join(folder, name))
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...files], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
  assert.doesNotMatch(stderr, new RegExp(`^${folder}`, 'm'))
})
