/**
 * Tests the compressed forms of static files that a build makes.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { compressFiles } from '../src/assets/compressed_files.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-compressed-'))
after(() => rmSync(root, { recursive: true, force: true }))

const text = 'export const answer = 42\n'.repeat(100)
const write = (path: string, content: string | Buffer) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
}
/** The files below a folder, without folders. */
const filesIn = (path: string) =>
  existsSync(join(root, path))
    ? readdirSync(join(root, path), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(join(root, path).length + 1))
        .sort()
    : []
const compress = (build: string) => compressFiles({ root, outdir: join(root, build) })

test('static files get their forms beside them, and are compressed once for all builds', async () => {
  write('one/static/chunks/a.js', text)
  write('one/static/chunks/same.js', text)
  write('one/static/media/photo.png', text)
  write('one/static/small.css', 'a{}')
  assert.equal(await compress('one'), 1)
  assert.deepEqual(filesIn('one/compressed'), [
    'static/chunks/a.js.br',
    'static/chunks/a.js.gz',
    'static/chunks/a.js.zst',
    'static/chunks/same.js.br',
    'static/chunks/same.js.gz',
    'static/chunks/same.js.zst',
  ])
  const form = (ending: string) =>
    readFileSync(join(root, `one/compressed/static/chunks/a.js.${ending}`))
  assert.equal(brotliDecompressSync(form('br')).toString(), text)
  assert.equal(gunzipSync(form('gz')).toString(), text)
  assert.equal(zstdDecompressSync(form('zst')).toString(), text)
  write('two/static/chunks/b.js', text)
  assert.equal(await compress('two'), 0)
  assert.equal(filesIn('two/compressed').length, 3)
})

test('forms of public files name the size and the time of the file', async () => {
  write('public/deep/p.txt', text)
  utimesSync(join(root, 'public/deep/p.txt'), 1_700_000_000, 1_700_000_000.9996)
  await compress('three')
  const stamp = `${text.length.toString(16)}-${(1_700_000_001_000).toString(16)}`
  assert.deepEqual(
    filesIn('three/compressed'),
    ['br', 'gz', 'zst'].map((ending) => `public/deep/p.txt.${stamp}.${ending}`),
  )
})

test('a form that is hardly smaller is left out, and contents that are not used are forgotten', async () => {
  rmSync(join(root, 'public'), { recursive: true })
  write('four/static/noise.wasm', Buffer.concat([randomBytes(1900), Buffer.alloc(148)]))
  assert.equal(await compress('four'), 1)
  assert.deepEqual(filesIn('four/compressed'), [])
  assert.equal(readdirSync(join(root, '.millrace/compressed')).length, 1)
  assert.equal(await compress('four'), 0)
  assert.equal(await compress('five'), 0, 'a build without static files')
  assert.deepEqual(readdirSync(join(root, '.millrace/compressed')), [])
  assert.equal(filesIn('one/compressed').length, 6, 'earlier builds keep theirs')
})

test('a build spends a bounded time, and the next one continues', async () => {
  const other = mkdtempSync(join(tmpdir(), 'millrace-compressed-'))
  after(() => rmSync(other, { recursive: true, force: true }))
  const outdir = join(other, 'build')
  mkdirSync(join(outdir, 'static'), { recursive: true })
  const source = readFileSync(new URL('../src/assets/compressed_files.ts', import.meta.url))
  for (const name of ['a', 'b', 'c'])
    writeFileSync(join(outdir, `static/${name}.js`), `// ${name}\n${source}`)
  const size = source.length + 5
  const sizeOf = (name: string) => statSync(join(outdir, `compressed/static/${name}.js.br`)).size
  assert.equal(await compressFiles({ root: other, outdir }, { best: size, all: 2 * size }), 2)
  const made = readdirSync(join(outdir, 'compressed/static')).filter((name) => name.endsWith('br'))
  assert.equal(made.length, 2)
  const [first, second] = made.map((name) => sizeOf(name[0]!)).sort((one, two) => one - two)
  assert.ok(first! < second!, 'the second one is compressed at a lower quality')
  rmSync(join(outdir, 'compressed'), { recursive: true })
  assert.equal(await compressFiles({ root: other, outdir }, { best: size, all: 2 * size }), 1)
  assert.equal(readdirSync(join(outdir, 'compressed/static')).length, 9)
})
