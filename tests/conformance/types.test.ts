/**
 * Tests the types of `next/*` that Millrace provides: every fixture type-checks strictly in a
 * folder in which the package `next` is not installed. Packages are available through links that
 * TypeScript does not follow to `next`'s own types.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { before, test } from 'node:test'
import { promisify } from 'node:util'
import { repository, temporaryDirectory, write } from '../e2e/support/index.ts'

const place = temporaryDirectory()
const fixtures = join(import.meta.dirname, 'fixtures')
const absent = new Set(['next', '@next', 'create-next-app', '.bin', '.package-lock.json'])

const options = {
  target: 'ES2022',
  lib: ['dom', 'dom.iterable', 'esnext'],
  skipLibCheck: true,
  strict: true,
  noEmit: true,
  module: 'esnext',
  moduleResolution: 'bundler',
  esModuleInterop: true,
  resolveJsonModule: true,
  isolatedModules: true,
  jsx: 'react-jsx',
  preserveSymlinks: true,
  types: ['node'],
  paths: { '@/*': ['./*'] },
}

async function check(directory: string): Promise<string> {
  const compiler = join(repository, 'node_modules/typescript/bin/tsc')
  try {
    await promisify(execFile)(
      process.execPath,
      [compiler, '-p', join(directory, 'tsconfig.types.json')],
      { cwd: directory },
    )
    return ''
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

before(() => {
  mkdirSync(join(place, 'node_modules'))
  for (const name of readdirSync(join(repository, 'node_modules'))) {
    if (!absent.has(name))
      symlinkSync(join(repository, 'node_modules', name), join(place, 'node_modules', name))
  }
})

const projects = readdirSync(fixtures).map((name) => join(fixtures, name))
/** Uses most of the names that a project can import. */
projects.push(join(import.meta.dirname, 'types-project'))

for (const source of projects) {
  const name = basename(source)
  test(`${name} checks without next`, { timeout: 120_000 }, async () => {
    const directory = join(place, name)
    cpSync(source, directory, { recursive: true })
    const include = ['**/*.ts', '**/*.tsx', join(repository, 'runtime/types/next.d.ts')]
    write(
      directory,
      'tsconfig.types.json',
      JSON.stringify({ compilerOptions: options, include, exclude: ['conformance'] }),
    )
    assert.equal(await check(directory), '')
  })
}

test('a mistake is found: a missing next does not turn all types into any', {
  timeout: 120_000,
}, async () => {
  const directory = join(place, 'mistaken')
  write(
    directory,
    'pages/api/wrong.ts',
    "import type { NextApiResponse } from 'next'\nexport default (_: unknown, res: NextApiResponse) => res.status('200')\n",
  )
  const include = ['**/*.ts', join(repository, 'runtime/types/next.d.ts')]
  write(directory, 'tsconfig.types.json', JSON.stringify({ compilerOptions: options, include }))
  assert.match(await check(directory), /wrong\.ts.*error TS2345/)
})
