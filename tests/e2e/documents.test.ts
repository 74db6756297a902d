/**
 * Does what the documents for newcomers say: types their commands, writes their files, and compares
 * what a reader sees with what they show. docs/development.md describes the notation.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { outputPattern, readBlocks, typings } from './support/document.ts'
import { Reader } from './support/document_run.ts'
import { fontResponses } from './support/fonts.ts'
import { hangTimeout } from './support/hang_timeout.ts'
import { binary, project, repository, run, temporaryDirectory } from './support/index.ts'
import { standInPrograms } from './support/programs.ts'

interface Document {
  readonly path: string
  /** The number of its blocks that are not run. */
  readonly notRun: number
  /** Whether its project needs the package `next`. */
  readonly next?: boolean
}

const documents: readonly Document[] = [
  { path: 'README.md', notRun: 0 },
  { path: 'docs/start-here.md', notRun: 0 },
  { path: 'docs/tutorial.md', notRun: 1 },
  { path: 'docs/bring-your-app.md', notRun: 2, next: true },
  { path: 'docs/migration-express.md', notRun: 2 },
  { path: 'docs/migration-unit.md', notRun: 1 },
]

const bin = standInPrograms()

/** Returns a home directory in which curl shows no progress, as on a terminal. */
function home(): string {
  const folder = temporaryDirectory()
  writeFileSync(join(folder, '.curlrc'), 'silent\nshow-error\n')
  return folder
}

const ofNext = () => ({
  NEXT_TELEMETRY_DISABLED: '1',
  NEXT_FONT_GOOGLE_MOCKED_RESPONSES: fontResponses(bin),
})

for (const { path, notRun, next } of documents) {
  test(path, { timeout: hangTimeout(900) }, async (t) => {
    const blocks = readBlocks(readFileSync(join(repository, path), 'utf8'))
    assert.equal(blocks.filter(({ kind }) => kind === 'not run').length, notRun, 'blocks not run')
    const reader = new Reader(project({ files: {}, forNext: next ?? false }), {
      PATH: `${bin}:${dirname(process.execPath)}:${process.env['PATH']}`,
      HOME: home(),
      CI: '1',
      ...(next ? ofNext() : {}),
    })
    t.after(() => reader.end())
    for (const block of blocks) {
      await reader.follow(block).catch((error: Error) => {
        error.message = `${path}:${block.line}: ${error.message}`
        throw error
      })
    }
  })
}

test('docs/command-line.md has the commands and options of --help', () => {
  execFileSync(process.execPath, [join(repository, 'scripts/command-line.mjs'), '--check'], {
    env: { ...process.env, MILLRACE: binary() },
  })
})

test('the example of docs/millrace-toml.md is valid', async () => {
  const [example] = readBlocks(readFileSync(join(repository, 'docs/millrace-toml.md'), 'utf8'))
  assert.ok(example?.kind === 'file')
  const route = 'export const GET = () => new Response()'
  const files = {
    'app/api/health/route.js': route,
    'app/api/reports/sales/route.js': route,
    [example.path]: example.text,
  }
  const { stdout } = await run(['doctor', project({ files }), '-p', '0'])
  assert.doesNotMatch(stdout, /^(?:warning|not served) +millrace\.toml/m)
  assert.match(stdout, /Everything is served\./)
  assert.match(stdout, /\/api\/reports\/sales .* reports /)
})

describe('the notation of documents', () => {
  const matches = (shown: string, printed: string) => outputPattern(shown, 'whole').test(printed)

  test('a line of output matches itself only', () => {
    assert.ok(matches('{"id":1}', '{"id":1}\n'))
    assert.ok(!matches('{"id":1}', '{"id":2}\n'))
    assert.ok(!matches('a', 'a\nb\n'))
  })

  test('… stands for any text or lines', () => {
    assert.ok(matches('a … c', 'a b c\n'))
    assert.ok(!matches('a … c', 'a b d\n'))
    assert.ok(matches('…\nlast', 'first\nsecond\nlast\n'))
    assert.ok(!matches('…\nlast', 'first\nlast but one\n'))
  })

  test('times, sizes, dates, processes and builds are examples', () => {
    assert.ok(matches('ready in 31 ms', 'ready in 1.2 s\n'))
    assert.ok(!matches('ready in 31 ms', 'ready in 31 MB\n'))
    assert.ok(matches('server 2181, 11 MB, 3 %', 'server 7, 9 KB, 100 %\n'))
    assert.ok(matches('build 3464e87e1715c40c', 'build 12-386028ba9dd964e7\n'))
    assert.ok(matches('  2187  default', '  39  default\n'))
    assert.ok(!matches('{"price":2187}', '{"price":2188}\n'))
  })

  test('every block is commands, output, a file, or marked', () => {
    const block = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\`\n`
    const kinds = (markdown: string) => readBlocks(markdown).map(({ kind }) => kind)
    assert.deepEqual(kinds(block('console', '$ ls') + block('console', 'a line')), [
      'commands',
      'printed',
    ])
    assert.deepEqual(kinds(block('ts', '// lib/a.ts\nexport {}')), ['file'])
    assert.deepEqual(kinds(`<!-- not run: why -->\n${block('sh', 'reboot')}`), ['not run'])
    assert.throws(() => readBlocks(`text\n${block('sh', 'reboot')}`), /line 2: expected commands/)
    assert.deepEqual(typings('^C\n$ a \\\n  b\nc\n'), [
      { command: '^C', output: '' },
      { command: 'a \\\n  b', output: 'c' },
    ])
  })
})
