/**
 * Reports a project's memory state: the manifest's `memory_state`.
 */
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Metafile } from 'esbuild'
import { factsOf } from './extract.ts'
import { type Found, findState } from './find.ts'
import { ModuleGraph } from './graph.ts'
import { PackageNatures } from './package_nature.ts'
import type { Module } from './project.ts'
import { parseModule, sourceLines } from './syntax.ts'

/** One value that code for requests changes. */
export interface MemoryState {
  /** Relative to the project. */
  readonly file: string
  readonly line: number
  readonly name: string
  /** Files of the routes that share it, possibly including the proxy file; empty if all do. */
  readonly routes: readonly string[]
}

/** The modules that the server calls. Paths of files are relative to the project. */
export interface StateEntries {
  readonly routes: readonly string[]
  readonly instrumentation: string | null
}

/** Limit on the values that are named. */
const named = 3

/** Returns one line that names the values; none if there are none. */
export function memoryNotes(found: readonly MemoryState[]): string[] {
  if (found.length === 0) return []
  const first = found.slice(0, named).map(({ file, line, name }) => `${file}:${line} ${name}`)
  const more = found.length > named ? ` and ${found.length - named} more` : ''
  return [
    `State in memory: ${first.join(', ')}${more}. One worker serves the routes that have it (several: workers = "auto" in [pools.default], docs/pools.md).`,
  ]
}

/**
 * Analyses the files that a build has bundled.
 * @param reach by entry, relative to the project: the absolute paths of the files that it reaches.
 */
export async function findMemoryState(
  root: string,
  metafile: Metafile,
  entries: StateEntries,
  reach: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<MemoryState[]> {
  const graph = new ModuleGraph(root, metafile, reach)
  const texts = new Map<string, string>()
  const read = async ([file, imports]: [string, Module['imports']]): Promise<
    [string, Module][]
  > => {
    const text = await readFile(file, 'utf8')
    texts.set(file, text)
    // What only the bundler can parse is left out.
    const syntax = await parseModule(file, text).catch(() => null)
    return syntax === null ? [] : [[file, { file, facts: factsOf(syntax), imports }]]
  }
  const modules = new Map((await Promise.all([...graph.modules()].map(read))).flat())
  const absolute = (file: string): string => join(root, file)
  const instrumentation =
    entries.instrumentation === null ? null : absolute(entries.instrumentation)
  const found = findState(
    modules,
    { routes: entries.routes.map(absolute), instrumentation },
    new PackageNatures(root),
  )
  const described = await Promise.all(
    found.map((one) => describe(one, root, texts.get(one.file), graph, entries)),
  )
  return described
    .filter((one) => one !== null)
    .sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line))
}

/** Null for code without a place in the source: helpers that the compiler inserts. */
async function describe(
  found: Found,
  root: string,
  text: string | undefined,
  graph: ModuleGraph,
  { routes, instrumentation }: StateEntries,
): Promise<MemoryState | null> {
  const { file, at, name } = found
  const line = text === undefined ? 1 : (await sourceLines(file, text))(at)
  if (line === null) return null
  const having = graph.entriesWith(file)
  const isEverywhere = instrumentation !== null && having.includes(instrumentation)
  return {
    file: relative(root, file),
    line,
    name,
    routes: isEverywhere ? [] : routes.filter((route) => having.includes(route)).sort(),
  }
}
