/**
 * Routes that a project's own CMake builds, where millrace.toml says `[native] cmake`: it is run, and the objects it
 * made are taken over. A new object is copied, never written over one that a worker may have loaded.
 */
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import type { Installation } from './toolchain.ts'
import type { NativeRequest } from './native_builder.ts'
import { run } from './run.ts'
import type { BuiltUnit, NativeBuild, NativeUnit } from './types.ts'
import { CompileError, describeObject, pathsIn } from './unit.ts'

/** Builds them. @throws Error where CMake cannot configure the project. */
export async function buildByCMake(request: NativeRequest, installation: Installation): Promise<NativeBuild> {
  const { root, mode, settings, outdir } = request
  const list = join(root, settings.cmake)
  if (!existsSync(list)) throw new Error(`millrace.toml: [native] cmake: ${settings.cmake} does not exist; expected a CMakeLists.txt, relative to the project`)
  const tree = join(root, '.millrace/cmake', mode)
  const ninja = (await run('ninja', ['--version'], root).catch(() => null)) !== null
  const configured = await run(
    'cmake',
    [
      '-S', dirname(list), '-B', tree, ...(ninja ? ['-G', 'Ninja'] : []),
      `-DCMAKE_BUILD_TYPE=${mode === 'production' ? 'Release' : 'Debug'}`,
      `-DMillrace_DIR=${join(installation.lib, '../cmake')}`,
      '-DCMAKE_EXPORT_COMPILE_COMMANDS=ON',
    ],
    root,
  )
  if (configured.code !== 0) throw new Error(`cmake cannot configure ${settings.cmake}:\n${configured.stderr.trimEnd()}`)
  // What does not depend on a route that fails is built all the same.
  const built = await run('cmake', ['--build', tree, '--target', 'millrace_routes', '--parallel', '--', '-k', ...(ninja ? ['0'] : [])], root)
  const said = `${built.stdout}\n${built.stderr}`.replaceAll(`${root}/`, '')
  await mkdir(join(outdir, 'native'), { recursive: true })
  const results = await Promise.all(request.units.map((unit) => take(unit, { request, installation, tree, failed: built.code !== 0, said })))
  return {
    units: new Map(results.map(({ unit, made }) => [unit.file, made])),
    problems: results.flatMap(({ problem }) => problem ?? []),
    inputs: [list, ...request.units.map(({ file }) => join(root, file)), ...(await inputsOf(tree, ninja, root))],
  }
}

/** What all units of a build have in common. */
interface Taking {
  readonly request: NativeRequest
  readonly installation: Installation
  readonly tree: string
  /** Whether something could not be built. */
  readonly failed: boolean
  /** What the build printed, paths relative to the project. */
  readonly said: string
}

async function take(unit: NativeUnit, taking: Taking): Promise<{ unit: NativeUnit; made: BuiltUnit; problem?: string }> {
  const { request, installation, tree, failed, said } = taking
  const name = unit.file.replace(/\.cpp$/, '').replaceAll('/', '.')
  const object = join(tree, 'routes', `${name}.so`)
  try {
    const words = failed ? wordsOf(said, unit.file) : undefined
    if (words !== undefined) throw new CompileError(words)
    if (!existsSync(object)) throw new CompileError(failed ? said.trim() : `CMake has made no ${name}.so: does ${request.settings.cmake} call millrace_add_routes()?`)
    const module = `native/${name}.so`
    await rm(join(request.outdir, module), { force: true })
    await copyFile(object, join(request.outdir, module))
    const description = await describeObject(installation.worker, join(request.outdir, module), unit, request.root)
    return { unit, made: { module, description, size: (await stat(object)).size } }
  } catch (error) {
    if (!(error instanceof CompileError)) throw error
    const problem = `${unit.path} (${unit.file}) cannot be built:\n${error.message}`
    const module = `native/${name}.txt`
    await writeFile(join(request.outdir, module), problem)
    return { unit, made: { module, description: null, size: 0 }, problem }
  }
}

/** What was printed of the step that made a file's object; undefined where that step did not fail. */
function wordsOf(said: string, file: string): string | undefined {
  const target = `millrace_route_${file.replace(/\.cpp$/, '').replace(/[^A-Za-z0-9_]/g, '_')}`
  const steps = said.split(/^(?=FAILED: )/m).slice(1)
  return steps.find((step) => step.slice(0, step.indexOf('\n')).includes(target))?.split(/^(?:\[\d+\/\d+\]|ninja: )/m)[0]?.trim()
}

/** The project's files that the objects were made of: what ninja knows, or the compiler has left in .d files. */
async function inputsOf(tree: string, ninja: boolean, root: string): Promise<string[]> {
  const wanted = (path: string): boolean => path.startsWith(`${root}/`) && !path.startsWith(`${root}/.millrace/`)
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(tree, path))
  if (ninja) {
    const { stdout } = await run('ninja', ['-C', tree, '-t', 'deps'], root)
    return [...new Set(stdout.split('\n').filter((line) => line.startsWith('    ')).map((line) => absolute(line.trim())))].filter(wanted)
  }
  const rules = (await readdir(tree, { recursive: true })).filter((name) => name.endsWith('.d'))
  const texts = await Promise.all(rules.map((name) => readFile(join(tree, name), 'utf8')))
  return [...new Set(texts.flatMap((text) => pathsIn(text, tree)))].filter(wanted)
}
