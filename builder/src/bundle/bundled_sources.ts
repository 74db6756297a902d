/**
 * Lists what is bundled of a project and names the outputs.
 */
import { extname } from 'node:path'
import type { StateEntries } from '../memory_state/report.ts'
import { metadataOf, type MetadataSource } from '../metadata/modules.ts'
import { type ConventionFile, type Conventions, findConventions } from '../project/conventions.ts'
import type { BuildRequest, InstrumentationOutput } from './types.ts'

/** File extensions of the conventions if next.config sets none. */
const usualExtensions = ['tsx', 'ts', 'jsx', 'js']

/** What is bundled: the routes and the files of the project's conventions. */
export interface Sources extends Conventions {
  /** Relative to the project, without duplicates. */
  readonly files: readonly string[]
  /** The metadata files among `files`. */
  readonly metadata: readonly MetadataSource[]
}

/** @throws Error if the project has files that exclude each other. */
export function sourcesOf({ root, config, routes }: BuildRequest): Sources {
  const extensions = config.pageExtensions ?? usualExtensions
  const conventions = findConventions(root, extensions)
  const metadata = routes.flatMap((route) => metadataOf(route) ?? [])
  const others = [conventions.middleware, conventions.instrumentation].flatMap(
    (found) => found?.file ?? [],
  )
  return { ...conventions, metadata, files: [...routes.map(({ file }) => file), ...others] }
}

/** Returns the modules that the server calls. */
export function entriesOf({ files, instrumentation }: Sources): StateEntries {
  return {
    routes: files.filter((file) => file !== instrumentation?.file),
    instrumentation: instrumentation?.file ?? null,
  }
}

export function instrumentationOf(found: ConventionFile | null): InstrumentationOutput | null {
  return found === null ? null : { file: found.file, module: `${outputName(found.file)}.mjs` }
}

/**
 * Returns the output's name without its extension, for example "pages/api/a.ts" →
 * "routes/pages/api/a".
 */
export function outputName(file: string): string {
  return `routes/${file.slice(0, file.length - extname(file).length)}`
}

/** Keeps the file's extension: icon.png and icon.svg are two routes. */
export function metadataName(file: string): string {
  return `routes/${file}`
}
