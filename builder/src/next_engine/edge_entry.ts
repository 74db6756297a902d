/**
 * Routes of the edge runtime: `next build` leaves them as scripts that a sandbox evaluates one
 * after the other. What the worker must know of them is written into a file that stands in the
 * place of their module.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HandedOver, HandedOverRoute } from '../../../adapter/src/handed_over.ts'
import { withPreviewKeys } from './shared_keys.ts'

interface Binding {
  readonly name: string
  readonly filePath: string
}

/** Of `middleware-manifest.json`, as far as it is read. */
interface EdgeFunction {
  readonly name: string
  readonly files: readonly string[]
  readonly wasm?: readonly Binding[]
  readonly assets?: readonly Binding[]
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Writes the file of one route.
 * @returns its absolute path.
 * @throws Error where `next build` has left nothing of the route.
 */
export function writeEdgeEntry(
  root: string,
  handed: HandedOver,
  { page }: HandedOverRoute,
  number: number,
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
  // Paths stay relative to the folder, which may be moved.
  writeFileSync(
    path,
    JSON.stringify({ name, page, files, wasm, assets, env: withPreviewKeys(root, env) }),
  )
  return path
}
