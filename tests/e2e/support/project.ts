/**
 * Creates projects for one test, in a temporary folder that is removed when the process ends.
 */

import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { repository } from './server.ts'

const made: string[] = []
process.on('exit', () => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true })
})

export interface ProjectOptions {
  /** Contents by path, relative to the project. */
  readonly files: Readonly<Record<string, string | Uint8Array>>
  /** Links the repository's `node_modules` into the project. Default: there is none. */
  readonly modules?: boolean
  /**
   * Creates it below the repository's `build/`, where Next.js finds its package: it does not accept
   * a `node_modules` that is a link.
   */
  readonly forNext?: boolean
}

/** Creates a project and returns its folder's absolute path, free of symbolic links. */
export function project(options: ProjectOptions): string {
  const directory = options.forNext ? folderForNext() : temporaryDirectory()
  for (const [path, content] of Object.entries(options.files)) write(directory, path, content)
  if (options.modules) symlinkSync(`${repository}node_modules`, join(directory, 'node_modules'))
  return directory
}

/** Writes one file of a project and creates its folders. */
export function write(directory: string, path: string, content: string | Uint8Array): void {
  const file = join(directory, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
}

/** Returns an empty folder that is removed when the process ends. */
export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-test-')))
  made.push(directory)
  return directory
}

function folderForNext(): string {
  const build = join(repository, 'build')
  mkdirSync(build, { recursive: true })
  const directory = realpathSync(mkdtempSync(join(build, 'millrace-test-')))
  made.push(directory)
  return directory
}

/** Copies one of the repository's folders as a project, without files that git ignores. */
export function copyOf(path: string): string {
  const source = join(repository, path)
  const directory = temporaryDirectory()
  const leftOut = new Set([
    '.env.local',
    '.millrace',
    '.next',
    'data',
    'next-env.d.ts',
    'node_modules',
  ])
  cpSync(source, directory, {
    recursive: true,
    filter: (file) => !leftOut.has(relative(source, file).split('/')[0] ?? ''),
  })
  symlinkSync(`${repository}node_modules`, join(directory, 'node_modules'))
  return directory
}
