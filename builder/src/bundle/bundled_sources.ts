/** What of a project is bundled, and how its outputs are called. */
import { extname } from 'node:path'
import type { StateEntries } from '../memory_state/report.ts'
import { metadataOf, type MetadataSource } from '../metadata/modules.ts'
import { type ConventionFile, type Conventions, findConventions } from '../project/conventions.ts'
import type { BuildRequest, InstrumentationOutput } from './types.ts'

/** Extensions of files of the conventions where next.config says nothing. */
const usualExtensions = ['tsx', 'ts', 'jsx', 'js']

/** What is bundled: the routes and the project's files of the conventions. */
export interface Sources extends Conventions {
  /** Relative to the project, each once. */
  readonly files: readonly string[]
  /** Those of the files that are metadata. */
  readonly metadata: readonly MetadataSource[]
}

/** @throws Error where the project has files that exclude each other. */
export function sourcesOf({ root, config, routes }: BuildRequest): Sources {
  const extensions = config.pageExtensions ?? usualExtensions
  const conventions = findConventions(root, extensions)
  const metadata = routes.flatMap((route) => metadataOf(route) ?? [])
  const others = [conventions.middleware, conventions.instrumentation].flatMap(
    (found) => found?.file ?? [],
  )
  return { ...conventions, metadata, files: [...routes.map(({ file }) => file), ...others] }
}

/** What the server calls. */
export function entriesOf({ files, instrumentation }: Sources): StateEntries {
  return {
    routes: files.filter((file) => file !== instrumentation?.file),
    instrumentation: instrumentation?.file ?? null,
  }
}

export function instrumentationOf(found: ConventionFile | null): InstrumentationOutput | null {
  return found === null ? null : { file: found.file, module: `${outputName(found.file)}.mjs` }
}

/** "pages/api/a.ts" → "routes/pages/api/a", without the output's extension. */
export function outputName(file: string): string {
  return `routes/${file.slice(0, file.length - extname(file).length)}`
}

/** With the extension: icon.png and icon.svg are two. */
export function metadataName(file: string): string {
  return `routes/${file}`
}
