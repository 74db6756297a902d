/**
 * Compiles the modules of a development server one by one, to files that workers load into a
 * registry. esbuild has already bundled them (see dev_bundler): what each import refers to and what
 * each file contains is known, so that nothing is resolved or loaded again. A module that has not
 * changed keeps its file.
 */
import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuildOptions, Message, Metafile } from 'esbuild'
import {
  type Built,
  type Compiled,
  compileAll,
  compileAwaiting,
  importKey,
  type LoadedModule,
  loadedKey,
  outputOf,
  type Pending,
  pendingOf,
  placeOf,
  run,
  withoutAttributes,
} from './compile_modules.ts'
import { emittedText } from './emitted_text.ts'
import { linkSignature } from './link_signature.ts'

/** A compiled module. */
export interface EmittedModule {
  /** The name of its file, without the extension. */
  readonly file: string
  readonly isAsync: boolean
  /** The modules that it imports, by name. */
  readonly imports: readonly string[]
}

/** A module whose contents have changed. */
export interface ChangedModule {
  readonly name: string
  /** What the last bundle says of it. */
  readonly input: Metafile['inputs'][string]
  /** What plugins have loaded now. */
  readonly loaded: LoadedModule | undefined
}

/** What a round of compilation needs to know. */
export interface EmitRequest {
  /** Absolute real path of the project. */
  readonly root: string
  /** Absolute path of the folder of the files. */
  readonly folder: string
  /** How esbuild compiles modules. */
  readonly options: BuildOptions
  /** Of the bundle. */
  readonly metafile: Metafile
  /** The modules to have, by their names in the metafile. */
  readonly names: Iterable<string>
  /** By {@link loadedKey}. */
  readonly loaded: ReadonlyMap<string, LoadedModule>
  /** The modules that have, or wait for, a top-level `await`. */
  readonly async: ReadonlySet<string>
}

type Imports = Metafile['inputs'][string]['imports']
interface Known extends EmittedModule {
  readonly identity: string
  /** See {@link linkSignature}. */
  readonly signature: string
  readonly contents: string | Uint8Array | undefined
}

/** Keeps the compiled modules of one project. */
export class ModuleEmitter {
  readonly #known = new Map<string, Known>()
  readonly #written = new Set<string>()

  /** Forgets all modules: the options have changed. Files stay. */
  forget(): void {
    this.#known.clear()
  }

  /** Returns the compiled module of a name that was emitted before. */
  get(name: string): EmittedModule | undefined {
    return this.#known.get(name)
  }

  /** Compiles the modules that have changed. @throws esbuild's failure. */
  async emit(request: EmitRequest): Promise<void> {
    const pending: { module: Pending; known: Omit<Known, 'file' | 'signature'> }[] = []
    for (const name of request.names) {
      const input = request.metafile.inputs[name]
      if (input === undefined) continue
      const loaded = request.loaded.get(loadedKey(name, input.with))
      const isAsync = request.async.has(name)
      const identity = identityOf(request.root, name, loaded, input.imports, isAsync)
      const before = this.#known.get(name)
      if (before?.identity === identity && isSame(before.contents, loaded?.contents)) continue
      const imports = [...new Set(input.imports.flatMap((one) => (one.external ? [] : one.path)))]
      pending.push({
        module: pendingOf(request.root, name, input, loaded, isAsync),
        known: { identity, contents: loaded?.contents, isAsync, imports },
      })
    }
    if (pending.length === 0) return
    const files = await this.#compile(
      request,
      pending.map(({ module }) => module),
    )
    for (const { module, known } of pending)
      this.#known.set(module.name, { ...known, ...files.get(module.name)! })
  }

  /**
   * Compiles modules whose contents have changed. @returns the warnings; null, and nothing has
   * changed, if they may not fit the other modules any more, or cannot be compiled.
   */
  async replace(
    request: Pick<EmitRequest, 'root' | 'folder' | 'options'>,
    changed: readonly ChangedModule[],
  ): Promise<readonly Message[] | null> {
    const modules = changed.map(({ name, input, loaded }) =>
      pendingOf(request.root, name, input, loaded, false),
    )
    let made: Built
    try {
      made = await run(request, modules, 'cjs')
    } catch {
      return null
    }
    const results: { known: Known; module: Pending; output: Compiled }[] = []
    for (const [index, { name, input, loaded }] of changed.entries()) {
      const before = this.#known.get(name)
      const now = made.inputs[name]
      const module = modules[index]!
      const output = outputOf(made.files, index)
      const signature = signatureOf(module, output)
      if (
        before === undefined ||
        before.isAsync ||
        now === undefined ||
        now.format !== input.format ||
        importsOf(now) !== importsOf(input, module.targets) ||
        before.signature !== signature
      )
        return null
      const identity = identityOf(request.root, name, loaded, input.imports, false)
      const known = { ...before, identity, contents: loaded?.contents, signature }
      results.push({ known, module, output })
    }
    for (const { known, module, output } of results)
      this.#known.set(module.name, {
        ...known,
        file: await this.#write(request.folder, module, output),
      })
    return made.warnings
  }

  /** Removes the files of modules; they must not be known. */
  async remove(files: Iterable<string>, folder: string): Promise<void> {
    await Promise.all(
      [...files].map(async (file) => {
        this.#written.delete(file)
        await rm(join(folder, `${file}.cjs`), { force: true })
        await rm(join(folder, `${file}.cjs.map`), { force: true })
      }),
    )
  }

  /** Forgets modules that nothing imports any more. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name)
  }

  async #compile(
    request: EmitRequest,
    modules: readonly Pending[],
  ): Promise<ReadonlyMap<string, Pick<Known, 'file' | 'signature'>>> {
    const files = new Map<string, Pick<Known, 'file' | 'signature'>>()
    const write = async (module: Pending, output: Compiled): Promise<void> => {
      const file = await this.#write(request.folder, module, output)
      files.set(module.name, { file, signature: signatureOf(module, output) })
    }
    await mkdir(request.folder, { recursive: true })
    const { outputs, awaiting } = await compileAll(request, modules)
    await Promise.all([
      ...[...outputs].map(([module, output]) => write(module, output)),
      ...awaiting.map(async (module) => write(module, await compileAwaiting(request, module))),
    ])
    return files
  }

  async #write(folder: string, module: Pending, { code, map }: Compiled): Promise<string> {
    const { format, isAsync } = module
    const text = emittedText(code, { isStrict: format === 'esm', isAsync })
    const file = createHash('sha256').update(text).update(map).digest('base64url').slice(0, 22)
    if (this.#written.has(file)) return file
    const path = join(folder, `${file}.cjs`)
    await Promise.all([
      writeFile(`${path}.map`, map),
      writeFile(path, `${text}//# sourceMappingURL=${file}.cjs.map\n`),
    ])
    this.#written.add(file)
    return file
  }
}

/** Returns the imports of a module as the registry is asked for them. */
function importsOf(
  { imports }: Metafile['inputs'][string],
  targets?: ReadonlyMap<string, string>,
): string {
  const list = imports.filter(({ path }) => path !== '<runtime>')
  return list
    .map(({ path, kind, original, with: attributes }) =>
      targets === undefined ? path : targets.get(importKey(original ?? path, kind, attributes)),
    )
    .join('\n')
}

function signatureOf({ name, contents }: Pending, { code }: Compiled): string {
  const hasTypes = /\.[cm]?tsx?$/.test(withoutAttributes(name))
  return linkSignature(code, hasTypes ? null : Buffer.from(contents).toString('utf8'))
}

/** Changes with everything that the compiled module depends on, except for contents of plugins. */
function identityOf(
  root: string,
  name: string,
  loaded: LoadedModule | undefined,
  imports: Imports,
  isAsync: boolean,
): string {
  const parts = [String(isAsync), loaded?.loader ?? '']
  if (loaded?.contents === undefined) {
    const { path, namespace } = placeOf(root, name)
    const info = namespace === 'file' ? statSync(path, { throwIfNoEntry: false }) : undefined
    parts.push(info === undefined ? '' : `${info.mtimeMs} ${info.size} ${info.ino}`)
  }
  for (const { path, kind, original, with: attributes } of imports)
    parts.push(`${kind} ${original ?? ''} ${path} ${attributes ? JSON.stringify(attributes) : ''}`)
  return parts.join('\n')
}

function isSame(
  one: string | Uint8Array | undefined,
  other: string | Uint8Array | undefined,
): boolean {
  if (one === other || typeof one === 'string' || typeof other === 'string') return one === other
  return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0
}
