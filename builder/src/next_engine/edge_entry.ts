/**
 * Writes the modules of edge routes. `next build` outputs them as scripts that a sandbox evaluates
 * one after the other; the information that the worker needs to do so is written to a file in place
 * of the module.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HandedOver } from '../../../adapter/src/handed_over.ts'
import { withPreviewKeys } from './shared_keys.ts'

interface Binding {
  readonly name: string
  readonly filePath: string
}

/** The part of an entry in `middleware-manifest.json` that is read. */
interface EdgeFunction {
  readonly name: string
  readonly files: readonly string[]
  readonly wasm?: readonly Binding[]
  readonly assets?: readonly Binding[]
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Writes the file of one route. `number` is unique among those of the build.
 * @returns its absolute path.
 * @throws Error if `next build` has no output for the route.
 */
export function writeEdgeEntry(
  root: string,
  handed: HandedOver,
  { page }: { readonly page: string },
  number: number | string,
): string {
  const server = join(handed.distDir, 'server')
  const manifest = JSON.parse(readFileSync(join(server, 'middleware-manifest.json'), 'utf8')) as {
    functions?: Record<string, EdgeFunction>
  }
  const found = manifest.functions?.[page] ?? manifest.functions?.[`/${page}`]
  if (found === undefined)
    throw new Error(`\`next build\` (${handed.nextVersion}) has left no edge function of ${page}.`)
  const path = join(server, `edge-${number}.json`)
  const { name, files, wasm = [], assets = [], env = {} } = found
  // Paths stay relative to the folder, so that it can be moved.
  writeFileSync(
    path,
    JSON.stringify({ name, page, files, wasm, assets, env: withPreviewKeys(root, env) }),
  )
  return path
}
