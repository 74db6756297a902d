/**
 * Writes the list of modules that a generation of a development server consists of. The worker's
 * registry (runtime: project/dev_modules) reads it.
 */
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DevModuleList, devModuleList } from '../../../runtime/node/src/project/dev_modules.ts'
import type { EmittedModule } from './module_emitter.ts'

/** What the list is made of. */
export interface ListParts {
  /** Absolute path of the generation's folder. */
  readonly outdir: string
  /** Absolute path of the folder of the modules' files. */
  readonly folder: string
  /** No module of a generation with other settings is used again. */
  readonly settings: readonly unknown[]
  /** Names of the entries' modules, by the entry's file. */
  readonly entries: ReadonlyMap<string, string>
  readonly modules: ReadonlyMap<string, EmittedModule>
}

/** Writes the file. */
export async function writeModuleList({
  outdir,
  folder,
  settings,
  entries,
  modules,
}: ListParts): Promise<void> {
  const names = [...modules.keys()]
  const numbers = new Map(names.map((name, number) => [name, number]))
  const list: DevModuleList = {
    folder,
    epoch: createHash('sha256').update(JSON.stringify(settings)).digest('base64url').slice(0, 22),
    entries: Object.fromEntries([...entries].map(([file, name]) => [file, numbers.get(name)!])),
    modules: [...modules].map(([name, { file, isAsync, imports }]) => [
      name,
      file,
      isAsync ? 1 : 0,
      imports.flatMap((imported) => numbers.get(imported) ?? []),
    ]),
  }
  await writeFile(join(outdir, devModuleList), JSON.stringify(list))
}
