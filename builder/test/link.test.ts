import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Kind, maxPayload } from '../../protocol/generated/frames.ts'
import { defaultConfig } from '../src/config/normalise.ts'
import { encodeMessage, MessageReader } from '../src/link.ts'
import { Project } from './support/project.ts'

test('a message longer than a frame is split and reassembled from any chunks', () => {
  const payload = Buffer.alloc(maxPayload * 2 + 7, 'x')
  const bytes = Buffer.concat([
    encodeMessage(Kind.build, payload),
    encodeMessage(Kind.build, Buffer.from('{}')),
  ])
  const reader = new MessageReader()
  const messages = []
  for (let at = 0; at < bytes.length; at += 65_521)
    messages.push(...reader.push(bytes.subarray(at, at + 65_521)))
  assert.deepEqual(
    messages.map((message) => message.payload.length),
    [payload.length, 2],
  )
})

test('a frame that is too long is rejected', () => {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32LE(maxPayload + 1)
  assert.throws(() => new MessageReader().push(bytes), /bytes/)
})

test('the process sends hello, replies in order, and exits on drain', async (t) => {
  const project = new Project(t, { 'pages/api/x.ts': 'export default () => 1' })
  const script = fileURLToPath(new URL('../src/builder.ts', import.meta.url))
  const child = spawn(process.execPath, [script], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  })
  const exit = new Promise((resolve) => child.on('exit', (code) => resolve(code)))
  const link = child.stdio[3] as Duplex
  const command = (message: object) =>
    encodeMessage(Kind.build, Buffer.from(JSON.stringify(message)))
  const common = { root: project.root, mode: 'production', env: {} }
  link.write(command({ id: 1, command: 'config', ...common }))
  const routes = [{ path: '/api/x', kind: 'pages', file: 'pages/api/x.ts', parameters: [] }]
  link.write(
    command({
      id: 2,
      command: 'build',
      ...common,
      outdir: `${project.root}/out`,
      manifest: `${project.root}/out/manifest.json`,
      build_id: 'b',
      generator: 'test',
      config: defaultConfig(),
      rules: null,
      routes,
      pages: [],
    }),
  )
  link.write(command({ id: 3, command: 'nonsense' }))
  link.write(encodeMessage(Kind.drain, Buffer.alloc(0)))
  const reader = new MessageReader()
  const replies: { kind: number; body: Record<string, unknown> }[] = []
  for await (const chunk of link) {
    for (const { kind, payload } of reader.push(chunk))
      replies.push({ kind, body: JSON.parse(payload.toString()) })
  }
  assert.equal(await exit, 0)
  assert.deepEqual(
    replies.map(({ kind, body }) => [kind, body['id']]),
    [
      [Kind.hello, undefined],
      [Kind.built, 1],
      [Kind.built, 2],
      [Kind.built, 3],
    ],
  )
  assert.equal(replies[0]!.body['role'], 'builder')
  assert.equal((replies[2]!.body['sizes'] as unknown[]).length, 1)
  const written = readFileSync(`${project.root}/out/manifest.json`, 'utf8')
  const { build_id, routes: built } = JSON.parse(written) as Record<string, unknown>
  assert.equal(build_id, 'b')
  assert.equal((built as { module: string }[])[0]?.module, 'routes/pages/api/x.mjs')
  assert.match(String(replies[3]!.body['errors']), /unknown command "nonsense"/)
})
