/**
 * Maps positions in bundles to positions in source files, in texts for the log. Stacks keep the
 * positions of the bundles while code runs: mapping them only when they are logged costs nothing
 * before, and programs see the same stacks as under Next.js.
 */
import { SourceMap, type SourceMapPayload } from 'node:module'
import { dirname, resolve } from 'node:path'

import { fs } from './builtins.ts'

/** How many source maps are kept. */
const mostMaps = 16
/** Bytes of a source map that is read. */
const mostBytes = 64 * 1024 * 1024

/** `/folder/file.mjs:1:20`, with or without `file://`. */
const position = /(?:file:\/\/)?(\/[^\s():]+\.[cm]?js):(\d+):(\d+)/g

/** Maps by the bundle's path; null for a file without a usable map. */
const maps = new Map<string, SourceMap | null>()

/**
 * Returns `text` with each position in a file that has a source map beside it (`FILE.map`) replaced
 * by the position in the source. Never throws.
 */
export function withSourcePositions(text: string): string {
  // Most lines contain no position.
  if (!text.includes('js:')) return text
  return text.replace(position, (found, path: string, line: string, column: string) => {
    const source = sourceOf(path, Number(line), Number(column))
    return source ?? found
  })
}

function sourceOf(path: string, line: number, column: number): string | undefined {
  const map = mapOf(path)
  if (map === null) return undefined
  // Positions in stacks count from 1, in source maps from 0.
  const entry = map.findEntry(line - 1, column - 1)
  if (!('originalSource' in entry) || entry.originalSource === undefined) return undefined
  const file = resolve(dirname(path), entry.originalSource.replace(/^file:\/\//, ''))
  return `${file}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
}

function mapOf(path: string): SourceMap | null {
  const known = maps.get(path)
  if (known !== undefined) return known
  const map = readMap(`${path}.map`)
  if (maps.size >= mostMaps) maps.delete(maps.keys().next().value!)
  maps.set(path, map)
  return map
}

function readMap(path: string): SourceMap | null {
  try {
    if (fs.statSync(path).size > mostBytes) return null
    return new SourceMap(JSON.parse(fs.readFileSync(path, 'utf8')) as SourceMapPayload)
  } catch {
    // Packages and the runtime have no maps, and a sandbox may hide them.
    return null
  }
}
