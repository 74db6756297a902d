/** The types of `next` and `next/*` for projects without the package: the conformance fixtures under `tsc`, strict. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

const repository = join(import.meta.dirname, '../..')
const fixtures = join(repository, 'tests/conformance/fixtures')

/** These have their packages, which import types of `next`: they find Millrace's too, since what is declared goes first. */
const withLibraries = new Set(['libraries', 'auth5'])

/** Packages whose types are not installed. */
const untyped = /upload\/(busboy|formidable)\.ts$/

const copied = (path: string): boolean =>
  !path.slice(fixtures.length).includes('node_modules') && !path.includes('/.next') && !untyped.test(path)

describe('types without next', () => {
  let directory: string

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'millrace-types-'))
    // Outside of the repository, where no `next` is to be found: only what Node.js is made of.
    symlinkSync(join(repository, 'node_modules/@types'), join(directory, 'types'))
  })

  after(() => rmSync(directory, { recursive: true, force: true }))

  function check(project: string): { status: number | null; output: string } {
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          target: 'es2023',
          lib: ['esnext', 'dom', 'dom.iterable', 'dom.asynciterable'],
          module: 'esnext',
          moduleResolution: 'bundler',
          strict: true,
          noEmit: true,
          skipLibCheck: true,
          resolveJsonModule: true,
          isolatedModules: true,
          types: ['node'],
          typeRoots: [join(directory, 'types')],
          paths: { '@/*': [existsSync(join(project, 'src')) ? './src/*' : './*'] },
        },
        include: ['**/*.ts', join(repository, 'runtime/types/next.d.ts')],
      }),
    )
    const compiler = join(repository, 'node_modules/typescript/bin/tsc')
    const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', project], { encoding: 'utf8' })
    return { status, output: stdout }
  }

  for (const name of readdirSync(fixtures)) {
    test(name, () => {
      const project = join(directory, name)
      cpSync(join(fixtures, name), project, { recursive: true, filter: copied })
      if (withLibraries.has(name)) symlinkSync(join(repository, 'node_modules'), join(project, 'node_modules'))
      const { status, output } = check(project)
      assert.equal(output, '')
      assert.equal(status, 0)
    })
  }

  test('everything a project names', () => {
    const project = join(directory, 'names')
    cpSync(join(import.meta.dirname, 'types-project'), project, { recursive: true })
    const { status, output } = check(project)
    assert.equal(output, '')
    assert.equal(status, 0)
  })
})
