/**
 * Writes the files of a build: bundles, a module for each entry, emitted media.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { BuildResult } from 'esbuild'
import type { ConventionFile } from '../project/conventions.ts'
import { finished } from './banner.ts'
import { metadataName, outputName, type Sources } from './bundled_sources.ts'
import { inlined, virtualOutdir } from './esbuild_context.ts'
import { ModuleGraph } from './module_graph.ts'
import { entryModules, entryText, tableOutput, type EntryModule } from './module_table.ts'
import type { BuildRequest } from './types.ts'

/** The result of esbuild. */
export type Result = BuildResult<{ metafile: true; write: false }>

/** A build's result after analysis. */
export interface Bundle {
  /** By the entry's file, in the order of the table. */
  readonly entries: ReadonlyMap<
    string,
    EntryModule & { readonly module: string; readonly size: number }
  >
  readonly graph: ModuleGraph
}

/** Analyses a result. */
export function bundleOf(
  { root, outdir }: BuildRequest,
  { metafile, outputFiles }: Result,
  { files, metadata }: Sources,
): Bundle {
  const path = join(virtualOutdir(outdir), `${tableOutput}.mjs`)
  const text = outputFiles.find((file) => file.path === path)!.text
  const modules = entryModules(text, metafile)
  const graph = new ModuleGraph(root, metafile)
  const sizes = graph.sizes(
    modules.map(({ input }) => input),
    relative(root, path),
  )
  const wrapped = new Set(metadata.map(({ file }) => file))
  const entries = files.map((file, index) => {
    const module = `${wrapped.has(file) ? metadataName(file) : outputName(file)}.mjs`
    return [file, { ...modules[index]!, module, size: sizes[index]! }] as const
  })
  return { entries: new Map(entries), graph }
}

/**
 * Writes the modules of the entries. The instrumentation module changes with every file that it
 * reaches, so that a worker can tell that it must run again.
 */
export async function writeEntries(
  request: BuildRequest,
  { entries, graph }: Bundle,
  instrumentation: ConventionFile | null,
): Promise<void> {
  const write = async (
    file: string,
    { input, module, exports }: EntryModule & { module: string },
    index: number,
  ): Promise<void> => {
    const note =
      file === instrumentation?.file
        ? await versionOf(graph.files(input), JSON.stringify(inlined(request)))
        : ''
    const path = join(request.outdir, module)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, entryText(module, index, exports, note))
  }
  await Promise.all([...entries].map(([file, entry], index) => write(file, entry, index)))
}

/** A hash that changes with the content of `files` and with the settings they are built with. */
async function versionOf(files: readonly string[], settings: string): Promise<string> {
  const hash = createHash('sha256').update(settings)
  for (const file of [...files].sort())
    hash.update(`\n${file}\n`).update(await readFile(file).catch(() => ''))
  return hash.digest('hex')
}

/** Writes esbuild's output files and removes what an earlier build has left in the folder. */
export async function writeOutputs(result: Result, outdir: string): Promise<void> {
  const from = virtualOutdir(outdir)
  await Promise.all(
    ['routes', 'chunks', 'assets'].map((name) =>
      rm(join(outdir, name), { recursive: true, force: true }),
    ),
  )
  const folders = new Set(
    result.outputFiles.map(({ path }) => dirname(join(outdir, relative(from, path)))),
  )
  for (const folder of folders) await mkdir(folder, { recursive: true })
  await Promise.all(
    result.outputFiles.map(async (file) => {
      const path = join(outdir, relative(from, file.path))
      await writeFile(path, path.endsWith('.mjs') ? finished(file.text) : file.contents)
    }),
  )
}

/** Writes emitted media where the server looks for the files below /_next/static. */
export async function writeMedia(
  media: ReadonlyMap<string, Uint8Array>,
  outdir: string,
): Promise<void> {
  await rm(join(outdir, 'static'), { recursive: true, force: true })
  if (media.size === 0) return
  const folder = join(outdir, 'static', 'media')
  await mkdir(folder, { recursive: true })
  for (const [name, content] of media) await writeFile(join(folder, name), content)
}
