/**
 * Defines the servers that are compared: each builds a copy of `project/` of its own.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Program } from '../compare/loaded_server.ts'
import { writePhoto } from './photo.ts'

const repository = join(import.meta.dirname, '../..')
const home = join(repository, 'build/bench-pages')
const node = process.execPath

/** One column of the table. */
export interface Contender extends Program {
  readonly name: string
}

const millraceOptions = (port: number) => [
  'start',
  '.',
  '-H',
  '127.0.0.1',
  '-p',
  String(port),
  '--workers',
  '1',
]
const nextOptions = (port: number) => ['start', '-H', '127.0.0.1', '-p', String(port)]
/** What vinext's documentation names; the versions are those with which it was measured. */
const vinextPackages = [
  'vinext@1.4.0',
  'vite@8',
  'react@19',
  'react-dom@19',
  'react-server-dom-webpack@19',
  '@vitejs/plugin-react@6',
  '@vitejs/plugin-rsc',
]

/** What to measure. */
export interface Choice {
  /** The executable. */
  readonly millrace: string
  readonly vinext: boolean
  /** Whether the previous run has built everything. */
  readonly built: boolean
}

/** Builds the project once for each server that is measured. */
export function prepareContenders(
  { millrace, vinext, built }: Choice,
  log: (line: string) => void,
): Contender[] {
  if (!built) rmSync(home, { recursive: true, force: true })
  const run = (directory: string, command: readonly string[]): void => {
    if (built) return
    log(`in ${directory}: ${command.join(' ')}`)
    execFileSync(command[0]!, command.slice(1), {
      cwd: directory,
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', CI: '1' },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }
  const copy = (name: string): string => {
    const directory = join(home, name)
    if (built) return directory
    cpSync(join(import.meta.dirname, 'project'), directory, { recursive: true })
    mkdirSync(join(directory, 'public'), { recursive: true })
    writePhoto(join(directory, 'public/photo.png'))
    return directory
  }

  const byMillrace = copy('millrace')
  run(byMillrace, [millrace, 'build'])
  const contenders: Contender[] = [
    { name: 'millrace', command: [millrace], options: millraceOptions, directory: byMillrace },
  ]
  const next = [node, join(repository, 'node_modules/next/dist/bin/next')]
  const byNext = copy('next')
  run(byNext, [...next, 'build'])
  contenders.push({ name: 'next start', command: next, options: nextOptions, directory: byNext })
  if (vinext) contenders.push(prepareVinext(copy('vinext'), run))
  return contenders
}

/** Installs vinext into the copy: it is no dependency of this repository. */
function prepareVinext(
  directory: string,
  run: (directory: string, command: readonly string[]) => void,
): Contender {
  run(directory, ['npm', 'install', '--no-audit', '--no-fund', ...vinextPackages])
  writeFileSync(
    join(directory, 'vite.config.js'),
    "import vinext from 'vinext'\nimport { defineConfig } from 'vite'\n\nexport default defineConfig({ plugins: [vinext()] })\n",
  )
  const program = join(directory, 'node_modules/vinext/dist/cli.js')
  if (!existsSync(program)) throw new Error(`${dirname(program)} has no cli.js`)
  run(directory, [node, program, 'build'])
  return {
    name: 'vinext',
    command: [node, program],
    options: (port) => ['start', '-H', '127.0.0.1', '-p', String(port)],
    directory,
  }
}
