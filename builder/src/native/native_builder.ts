/**
 * Builds a project's routes in C++: each becomes a shared object in the output folder, with another
 * one for the sources that they share.
 */
import { glob, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { buildByCMake } from './cmake.ts'
import { describe } from './description.ts'
import { writeEditorFlags } from './editor_flags.ts'
import { moduleName } from './names.ts'
import { announce, inParallel } from './run.ts'
import { misspeltHandlers } from './misspelt_handlers.ts'
import {
  findInstallation,
  prepareToolchain,
  type Installation,
  type Toolchain,
} from './toolchain.ts'
import type { BuiltUnit, NativeBuild, NativeRequest, NativeUnit } from './types.ts'
import { compile, CompileError, link, textAround } from './unit.ts'

/** What the units have in common while they are built. */
interface Job {
  readonly request: NativeRequest
  readonly installation: Installation
  readonly toolchain: Toolchain
  /** Shared objects that all routes need, by name in the store. */
  readonly libraries: readonly string[]
  readonly inputs: Set<string>
  readonly warnings: string[]
}

/**
 * Builds the routes. A unit that cannot be compiled becomes a problem, and its module contains the
 * message.
 * @throws Error if no route can be built.
 */
export async function buildNative(request: NativeRequest): Promise<NativeBuild> {
  const installation = findInstallation(request.share)
  const { root, mode, settings, units } = request
  if (settings.cmake !== '') return await buildByCMake(request, installation)
  const toolchain = await prepareToolchain(installation, root, mode, settings, () =>
    announce(units.length),
  )
  writeEditorFlags(root, toolchain.editor)
  if (mode === 'production') await toolchain.store.prune()
  const job: Job = {
    request,
    installation,
    toolchain,
    libraries: [],
    inputs: new Set(),
    warnings: [],
  }
  const libraries = await sharedLibrary(job)
  await mkdir(join(request.outdir, 'native'), { recursive: true })
  for (const name of libraries)
    await toolchain.store.place(name, join(request.outdir, 'native', name))
  const built = await inParallel(units, availableParallelism(), (unit) =>
    build(unit, { ...job, libraries }),
  )
  return {
    units: new Map(built.map(({ unit, made }) => [unit.file, made])),
    problems: built.flatMap(({ problem }) => problem ?? []),
    warnings: job.warnings,
    inputs: [...job.inputs],
  }
}

async function build(
  unit: NativeUnit,
  job: Job,
): Promise<{ unit: NativeUnit; made: BuiltUnit; problem?: string }> {
  const { request, toolchain, libraries } = job
  const source = join(request.root, unit.file)
  job.inputs.add(source)
  const target = `native/${moduleName(unit.file)}`
  try {
    const object = await compile(toolchain, request.root, source, textAround(source, unit.kind))
    for (const input of object.inputs) job.inputs.add(input)
    if (object.warnings !== '')
      job.warnings.push(`${unit.path} (${unit.file}):\n${object.warnings}`)
    const name = await link(toolchain, request.root, [object.name], libraries)
    const description = await describe(toolchain, request.root, job.installation.worker, name, unit)
    if (unit.kind === 'app')
      job.warnings.push(
        ...misspeltHandlers(unit.file, await readFile(source, 'utf8'), description.methods),
      )
    const module = `${target}.so`
    await toolchain.store.place(name, join(request.outdir, module))
    const { size } = await stat(join(request.outdir, module))
    return { unit, made: { module, description, size } }
  } catch (error) {
    if (!(error instanceof CompileError)) throw error
    for (const input of error.inputs) job.inputs.add(input)
    const misspelt =
      error.step === 'served' && unit.kind === 'app'
        ? misspeltHandlers(unit.file, await readFile(source, 'utf8'), [])
        : []
    const problem = [
      `${unit.path} (${unit.file}) cannot be ${error.step}:`,
      error.message,
      ...misspelt,
    ].join('\n')
    return { unit, made: await writeFailure(unit, request.outdir, problem), problem }
  }
}

/** Writes the module of a unit that cannot be built, which responds with `text`. */
async function writeFailure(unit: NativeUnit, outdir: string, text: string): Promise<BuiltUnit> {
  const module = `native/${moduleName(unit.file)}.txt`
  await writeFile(join(outdir, module), text)
  return { module, description: null, size: 0 }
}

/**
 * Returns a build in which no unit could be built, for one reason: without a compiler, routes in
 * JavaScript are still served in development.
 */
export async function buildWithout(request: NativeRequest, reason: string): Promise<NativeBuild> {
  const { root, outdir, units } = request
  await mkdir(join(outdir, 'native'), { recursive: true })
  const built = await Promise.all(
    units.map(async (unit) => {
      const text = `${unit.path} (${unit.file}) cannot be built:\n${reason}`
      return [unit.file, await writeFailure(unit, outdir, text)] as const
    }),
  )
  return {
    units: new Map(built),
    problems: [`Routes in C++ cannot be built:\n${reason}`],
    warnings: [],
    inputs: units.map(({ file }) => join(root, file)),
  }
}

/**
 * Compiles the sources that routes share into one shared object, so that they exist once per
 * process.
 */
async function sharedLibrary({ request, toolchain, inputs, warnings }: Job): Promise<string[]> {
  const { root, settings } = request
  const files: string[] = []
  for (const pattern of settings.sources) {
    const found: string[] = []
    for await (const file of glob(pattern, { cwd: root })) found.push(file)
    if (found.length === 0)
      throw new Error(`millrace.toml: [native] sources: no file matches ${JSON.stringify(pattern)}`)
    files.push(...found)
  }
  if (files.length === 0) return []
  const named = (error: unknown, what: string): unknown =>
    error instanceof CompileError
      ? new Error(`${what} cannot be ${error.step}:\n${error.message}`)
      : error
  const objects = await inParallel(
    [...new Set(files)].sort(),
    availableParallelism(),
    async (file) => {
      inputs.add(join(root, file))
      const object = await compile(toolchain, root, join(root, file), null).catch(
        (error: unknown) => {
          throw named(error, file)
        },
      )
      if (object.warnings !== '') warnings.push(`${file}:\n${object.warnings}`)
      return object
    },
  )
  for (const object of objects) for (const input of object.inputs) inputs.add(input)
  const linked = link(
    toolchain,
    root,
    objects.map(({ name }) => name),
  )
  return [
    await linked.catch((error: unknown) => {
      throw named(error, 'The shared object of millrace.toml, [native] sources,')
    }),
  ]
}
