/**
 * Routes that misbehave, each in a different way.
 */
import { markerOf } from './marker.ts'

const route = (seconds: number, body: string, before = '') =>
  `${before}\nexport const maxDuration = ${seconds}\nexport async function GET(request) {\n${body}\n}`
/** A fault that ends by itself, however slow the machine is. */
const app = (body: string, before?: string) => route(60, body, before)
/** A fault that the server must end; it leaves its marker first. */
const endless = (name: string, body: string) =>
  route(
    1,
    `writeFileSync(${JSON.stringify(markerOf(name))}, '')\n${body}`,
    "import { writeFileSync } from 'node:fs'",
  )

/** By the name of the fault: the source of `app/api/<name>/route.js`. */
export const faultyRoutes: Readonly<Record<string, string>> = {
  'endless-loop': endless('endless-loop', 'for (;;);'),
  'exit-0': app('process.exit(0)'),
  abort: app('process.abort()'),
  segfault: app("process.kill(process.pid, 'SIGSEGV')\nawait new Promise(() => {})"),
  growth: app(
    'const held = []\nfor (;;) {\n  held.push(Buffer.alloc(4 << 20, 1))\n  await new Promise((resolve) => setTimeout(resolve, 1))\n}',
  ),
  'heap-exhausted': app('const held = []\nfor (;;) held.push([{}])'),
  'huge-buffer': app('return new Response(Buffer.alloc(2 ** 52))'),
  'unhandled-rejection': app(
    "Promise.reject(new Error('stray'))\nreturn Response.json({ ok: true })",
  ),
  'exception-in-timer': app(
    "await new Promise((resolve) => setTimeout(() => {\n  setImmediate(resolve)\n  throw new Error('stray')\n}, 1))\nreturn Response.json({ ok: true })",
  ),
  'never-settled': endless('never-settled', 'await new Promise(() => {})'),
  'regular-expression': endless(
    'regular-expression',
    "return Response.json(/^(a+)+$/.test('a'.repeat(50) + 'b'))",
  ),
  'stdout-flooded': app(
    "for (let i = 0; i < 200; i++) process.stdout.write('x'.repeat(65535) + '\\n')\nreturn Response.json({ ok: true })",
  ),
  'descriptors-exhausted': app(
    "const held = (globalThis.held = [])\ntry {\n  for (;;) held.push(fs.openSync('/dev/null'))\n} catch (error) {\n  for (const fd of held) fs.closeSync(fd)\n  return Response.json({ code: error.code })\n}",
    "import fs from 'node:fs'",
  ),
  'fork-that-lives-on': app(
    "const child = spawn('sleep', ['600'], { stdio: ['ignore', 'inherit', 'inherit', 3], detached: true })\nconsole.log(`forked ${child.pid}.`)\nawait new Promise((resolve) => setTimeout(resolve, 20))\nprocess.exit(1)",
    "import { spawn } from 'node:child_process'",
  ),
  stopped: endless('stopped', "process.kill(process.pid, 'SIGSTOP')\nawait new Promise(() => {})"),
  'forged-frames': app(
    "fs.writeSync(3, 'no frame at all, nor the beginning of one')\nawait new Promise(() => {})",
    "import fs from 'node:fs'",
  ),
  'cut-frame': app(
    "fs.writeSync(3, Buffer.from([100, 0, 0, 0, 8, 1, 0, 0, 1]))\nprocess.kill(process.pid, 'SIGKILL')",
    "import fs from 'node:fs'",
  ),
  'huge-response': app(
    'let left = 4096\nreturn new Response(new ReadableStream({ pull(c) { left-- > 0 ? c.enqueue(new Uint8Array(65536)) : c.close() } }))',
  ),
}

/** A well-behaved route. */
export const quietRoute = 'export const GET = () => Response.json({ ok: true })'
