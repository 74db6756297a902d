/**
 * Builds routes with the project's own CMake, if millrace.toml states `[native] cmake`: runs it and
 * copies the shared objects. A new object is never written over one that a worker may have loaded.
 */
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { commandOf, stepsOf, textOf, warningsIn, type Step } from './cmake_output.ts'
import { describeObject } from './description.ts'
import { hintsFor, readableMessages } from './diagnostics.ts'
import { linkEditorCommands } from './editor_flags.ts'
import { pathsIn } from './inputs.ts'
import { moduleName, targetName } from './names.ts'
import { announce, run, type Ended } from './run.ts'
import type { Installation } from './toolchain.ts'
import type { BuiltUnit, NativeBuild, NativeRequest, NativeUnit } from './types.ts'
import { CompileError } from './unit.ts'

/** One run of CMake's build. */
interface Building {
  readonly request: NativeRequest
  readonly installation: Installation
  /** The build tree. */
  readonly tree: string
  readonly ninja: boolean
}

/** What all units of a build have in common. */
interface CollectJob extends Building {
  readonly failures: readonly Step[]
  /** Errors of targets that belong to no route; empty without errors. */
  readonly others: string
}

/** The result of one unit. */
interface Collected {
  readonly unit: NativeUnit
  readonly made: BuiltUnit
  readonly problem?: string
  /** It fails only because of a dependency. */
  readonly failsByDependency?: boolean
}

/** Builds the routes. @throws Error if CMake cannot configure the project. */
export async function buildByCMake(
  request: NativeRequest,
  installation: Installation,
): Promise<NativeBuild> {
  const { root, mode, settings, outdir, units } = request
  const list = join(root, settings.cmake)
  if (!existsSync(list))
    throw new Error(
      `millrace.toml: [native] cmake: ${settings.cmake} does not exist; expected a CMakeLists.txt, relative to the project`,
    )
  const tree = join(root, '.millrace/cmake', mode)
  const ninja = (await run('ninja', ['--version'], root).catch(() => null)) !== null
  const building: Building = { request, installation, tree, ninja }
  if (!existsSync(join(tree, 'CMakeCache.txt'))) announce(units.length)
  await configure(building, list)
  linkEditorCommands(root, tree)
  const built = await buildRoutes(building)
  const failures = built.code === 0 ? [] : stepsOf(built, root).filter(({ failed }) => failed)
  const ofOthers = failures.filter((step) => !units.some((unit) => isOf(unit, step)))
  const known = ninja && failures.length > 0
  // An object of an earlier build may remain for a route whose dependency could not be built.
  if (built.code !== 0 && (!known || ofOthers.length > 0)) {
    for (const name of await objectsIn(tree)) await rm(join(tree, 'routes', name), { force: true })
    await buildRoutes(building)
  }
  const others = known
    ? ofOthers.map(textOf).join('\n')
    : built.code === 0
      ? ''
      : textOf({ text: built.stderr || built.stdout })
  await mkdir(join(outdir, 'native'), { recursive: true })
  const job: CollectJob = {
    ...building,
    failures,
    others: others.replaceAll(`${root}/`, '').trim(),
  }
  const results = await Promise.all(units.map((unit) => collect(unit, job)))
  return {
    units: new Map(results.map(({ unit, made }) => [unit.file, made])),
    problems: problemsOf(results, job),
    warnings: built.code === 0 || ninja ? warningsIn(built, root, ninja) : [],
    inputs: [
      list,
      ...units.map(({ file }) => join(root, file)),
      ...(await inputsOf(tree, ninja, root)),
    ],
  }
}

/** Whether a step compiles or links a route's own object. */
function isOf({ file }: NativeUnit, { outputs }: Step): boolean {
  return (
    outputs.includes(`/${targetName(file)}.`) || outputs.includes(`routes/${moduleName(file)}.so `)
  )
}

async function configure(
  { request, installation, tree, ninja }: Building,
  list: string,
): Promise<void> {
  const { root, mode, settings } = request
  const configured = await run(
    'cmake',
    [
      '-S',
      dirname(list),
      '-B',
      tree,
      ...(ninja ? ['-G', 'Ninja'] : []),
      `-DCMAKE_BUILD_TYPE=${mode === 'production' ? 'Release' : 'Debug'}`,
      `-DMillrace_DIR=${join(installation.lib, '../cmake')}`,
      '-DCMAKE_EXPORT_COMPILE_COMMANDS=ON',
    ],
    root,
  )
  if (configured.code !== 0)
    throw new Error(`cmake cannot configure ${settings.cmake}:\n${configured.stderr.trimEnd()}`)
}

/** Targets that do not depend on a failing route are still built. */
async function buildRoutes({ request, tree, ninja }: Building): Promise<Ended> {
  return await run(
    'cmake',
    [
      '--build',
      tree,
      '--target',
      'millrace_routes',
      '--parallel',
      '--',
      '-k',
      ...(ninja ? ['0'] : []),
    ],
    request.root,
  )
}

async function objectsIn(tree: string): Promise<string[]> {
  return (await readdir(join(tree, 'routes')).catch(() => [])).filter((name) =>
    name.endsWith('.so'),
  )
}

/** An error in a dependency of several routes is reported once. */
function problemsOf(results: readonly Collected[], { request, others }: CollectJob): string[] {
  const problems = results.flatMap(({ problem, failsByDependency }) =>
    problem === undefined || failsByDependency ? [] : [problem],
  )
  const dependents = results
    .filter(({ failsByDependency }) => failsByDependency)
    .map(({ unit }) => unit.path)
  if (dependents.length > 0)
    problems.push(
      `${request.settings.cmake}: a dependency of these routes cannot be built: ${dependents.join(', ')}\n${others}`,
    )
  else if (others !== '' && problems.length === 0)
    problems.push(`${request.settings.cmake} cannot be built:\n${others}`)
  return problems
}

async function collect(unit: NativeUnit, job: CollectJob): Promise<Collected> {
  const { request, installation, tree, failures, others } = job
  const name = moduleName(unit.file)
  const object = join(tree, 'routes', `${name}.so`)
  const failed = async (
    text: string,
  ): Promise<{ unit: NativeUnit; made: BuiltUnit; problem: string }> => {
    const module = `native/${name}.txt`
    await writeFile(join(request.outdir, module), text)
    return { unit, made: { module, description: null, size: 0 }, problem: text }
  }
  const label = `${unit.path} (${unit.file})`
  const own = failures.find((step) => isOf(unit, step))
  if (own !== undefined)
    return await failed(`${label} cannot be built:\n${messagesOf(own, unit.file, request.root)}`)
  if (!existsSync(object)) {
    if (others !== '')
      return {
        ...(await failed(
          `${label} cannot be built because a dependency cannot be built:\n${others}`,
        )),
        failsByDependency: true,
      }
    return await failed(
      `${label} cannot be built:\nCMake did not create ${name}.so: does ${request.settings.cmake} call millrace_add_routes()?`,
    )
  }
  try {
    const module = `native/${name}.so`
    await rm(join(request.outdir, module), { force: true })
    await copyFile(object, join(request.outdir, module))
    const description = await describeObject(
      installation.worker,
      join(request.outdir, module),
      unit,
      request.root,
    )
    return { unit, made: { module, description, size: (await stat(object)).size } }
  } catch (error) {
    if (!(error instanceof CompileError)) throw error
    return await failed(`${label} cannot be ${error.step}:\n${error.message}`)
  }
}

/** Returns the compiler's messages of the steps that build a route's object. */
function messagesOf(step: Step, file: string, root: string): string {
  const text = textOf(step)
  const messages = readableMessages(text, `/routes/${targetName(file)}.cpp`, root, file)
  if (messages.onlyOurs)
    return `${file}: a brace or quotation mark is not closed:\n${text.split('\n').slice(0, 10).join('\n')}`
  return (
    (messages.text || commandOf(step)) + hintsFor(messages.text, 'millrace_add_routes(INCLUDE …)')
  )
}

/**
 * Returns the project's files from which the objects were built, from ninja's log or from the
 * compiler's .d files.
 */
async function inputsOf(tree: string, ninja: boolean, root: string): Promise<string[]> {
  const wanted = (path: string): boolean =>
    path.startsWith(`${root}/`) && !path.startsWith(`${root}/.millrace/`)
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(tree, path))
  if (ninja) {
    const { stdout } = await run('ninja', ['-C', tree, '-t', 'deps'], root)
    return [
      ...new Set(
        stdout
          .split('\n')
          .filter((line) => line.startsWith('    '))
          .map((line) => absolute(line.trim())),
      ),
    ].filter(wanted)
  }
  const rules = (await readdir(tree, { recursive: true })).filter((name) => name.endsWith('.d'))
  const texts = await Promise.all(rules.map((name) => readFile(join(tree, name), 'utf8')))
  return [...new Set(texts.flatMap((text) => pathsIn(text, tree)))].filter(wanted)
}
