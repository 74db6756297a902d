/**
 * Writes the list of modules that a generation of a development server consists of. The worker's
 * registry (runtime: project/dev_modules) reads it.
 */
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
  /** Changes when no module of an earlier generation may be used again. */
  readonly epoch: string
  /** Names of the entries' modules, by the entry's file. */
  readonly entries: ReadonlyMap<string, string>
  readonly modules: ReadonlyMap<string, EmittedModule>
}

/** Writes the file. */
export async function writeModuleList({
  outdir,
  folder,
  epoch,
  entries,
  modules,
}: ListParts): Promise<void> {
  const names = [...modules.keys()]
  const numbers = new Map(names.map((name, number) => [name, number]))
  const list: DevModuleList = {
    folder,
    epoch,
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
