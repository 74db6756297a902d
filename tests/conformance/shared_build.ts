/**
 * Lets `next start` serve the output of the `next build` that `millrace build` has run, so that a
 * comparison of both servers needs one build, and names of chunks, keys and entity tags are equal.
 */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** A project for `next start`. */
export interface SharedBuild {
  readonly directory: string
  /** Variables that `next start` needs. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * Copies a project that `millrace build` has built once into the folder `copy`, which exists:
 * `next start` writes regenerated pages into its build. Throws if the project has no such build.
 */
export function copySharedBuild(project: string, copy: string): SharedBuild {
  const builds = join(project, '.millrace/builds')
  const dist = (existsSync(builds) ? readdirSync(builds) : [])
    .map((name) => join(builds, name, 'next'))
    .filter((path) => existsSync(join(path, 'BUILD_ID')))
  if (dist.length !== 1)
    throw new Error(
      `${builds}: expected one build with the output of next build, found ${dist.length}`,
    )
  const distDir = relative(project, dist[0]!)
  const own = join(project, '.millrace')
  cpSync(project, copy, {
    recursive: true,
    preserveTimestamps: true,
    filter: (path) => path !== own,
  })
  // Entries contain the folder's path relative to the project: it stays the same.
  cpSync(dist[0]!, join(copy, distDir), { recursive: true, preserveTimestamps: true })
  removeAdapter(join(copy, distDir))
  return {
    directory: copy,
    env: {
      NEXT_ADAPTER_PATH: join(import.meta.dirname, 'serving_adapter.ts'),
      CONFORMANCE_DIST_DIR: distDir,
    },
  }
}

/** Removes the adapter from the configuration that entries read. */
function removeAdapter(dist: string): void {
  const path = join(dist, 'required-server-files.json')
  const files = JSON.parse(readFileSync(path, 'utf8')) as { config: Record<string, unknown> }
  delete files.config['adapterPath']
  const text = JSON.stringify(files)
  writeFileSync(path, text)
  writeFileSync(join(dist, 'required-server-files.js'), `self.__SERVER_FILES_MANIFEST=${text}`)
}
