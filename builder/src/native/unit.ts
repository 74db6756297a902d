/**
 * Compiles one route to a shared object: a translation unit is generated around its source,
 * compiled and linked, unless both were done before with the same contents.
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { hintsFor, linkHintsFor, readableMessages } from './diagnostics.ts'
import { anyChangedSince, pathsIn, rivalsOf } from './inputs.ts'
import { run } from './run.ts'
import { hashOf, hashOfFile } from './store.ts'
import type { Toolchain } from './toolchain.ts'
import type { NativeUnit } from './types.ts'

/** Thrown for a unit that cannot be built, with the compiler's messages for the user. */
export class CompileError extends Error {
  /** Absolute paths of the files that the source depends on. */
  inputs: readonly string[] = []
  /** The step that failed. */
  readonly step: 'compiled' | 'linked' | 'loaded' | 'served'

  constructor(text: string, step: CompileError['step'] = 'compiled') {
    super(text)
    this.step = step
  }
}

/** An object file in the store. */
export interface CompiledObject {
  /** Its name in the store. */
  readonly name: string
  /** Absolute paths of the files that it was compiled from. */
  readonly inputs: readonly string[]
  /** The compiler's warnings; empty if the compiler was not run. */
  readonly warnings: string
}

/** The result of a failed compilation. */
interface Refusal {
  /** The name that the object would have. */
  readonly name: string
  readonly error: CompileError
}

/**
 * By unit, for the life of this process: a broken route is not compiled again because of a change
 * elsewhere.
 */
const refused = new Map<string, Refusal>()

/** Returns the text around a route's own source. */
export function textAround(file: string, kind: NativeUnit['kind']): string {
  return `#include ${JSON.stringify(file)}\n#define MILLRACE_ROUTE_KIND_${kind.toUpperCase()}\n#include <millrace/detail/export_route.hpp>\n`
}

/**
 * Compiles one file.
 * @param text of the translation unit; null for the file itself.
 * @throws CompileError with the compiler's messages.
 */
export async function compile(
  toolchain: Toolchain,
  root: string,
  source: string,
  text: string | null,
): Promise<CompiledObject> {
  const { store } = toolchain
  const unit = hashOf(toolchain.identity, ...toolchain.compile, root, source, text ?? '')
  const nameFor = async (inputs: readonly string[]): Promise<string> =>
    await objectName(toolchain, unit, source, inputs)
  const listName = `${unit}.inputs.json`
  const known = JSON.parse((await store.read(listName)) ?? '[]') as string[]
  if (known.length > 0) {
    const name = await nameFor(known)
    if (await store.has(name)) return { name, inputs: known, warnings: '' }
  }
  const before = refused.get(unit)
  if (before !== undefined && before.name === (await nameFor(before.error.inputs)))
    throw before.error
  const draft = await store.draft()
  const dependencies = `${draft}.d`
  const wrapper = text === null ? null : `${draft}.cpp`
  if (wrapper !== null) await writeFile(wrapper, text ?? '')
  const readInputs = async (): Promise<string[]> => {
    const rule = await readFile(dependencies, 'utf8').catch(() => '')
    return [...new Set(pathsIn(rule, root))].filter(
      (path) => path !== wrapper && !path.startsWith(store.folder),
    )
  }
  try {
    const began = Date.now()
    const parameters = [
      ...toolchain.compile,
      '-MMD',
      '-MF',
      dependencies,
      '-c',
      wrapper ?? source,
      '-o',
      draft,
    ]
    const { code, stderr } = await run(toolchain.compiler, parameters, root)
    const inputs = await readInputs()
    // A file was saved during the compilation: the result matches no known content and gets no name
    // by which it could be found.
    const settled = !(await anyChangedSince(inputs, began))
    if (code !== 0) {
      const error = new CompileError(await messagesOf({ toolchain, root, source, wrapper, stderr }))
      // A compiler that stopped early has not listed the files that it read.
      error.inputs = inputs.length > 0 ? inputs : [...new Set([source, ...known])]
      if (inputs.length > 0 && settled) refused.set(unit, { name: await nameFor(inputs), error })
      throw error
    }
    if (settled) await store.write(listName, JSON.stringify(inputs))
    const name = settled ? await nameFor(inputs) : `${hashOf(unit, draft)}.o`
    await store.keep(draft, name)
    return {
      name,
      inputs,
      warnings: readableMessages(stderr, wrapper, root, relative(root, source)).text,
    }
  } finally {
    await Promise.all(
      [draft, dependencies, `${draft}.cpp`].map((path) => rm(path, { force: true })),
    )
  }
}

async function objectName(
  toolchain: Toolchain,
  unit: string,
  source: string,
  inputs: readonly string[],
): Promise<string> {
  const hashes = await Promise.all(inputs.map(hashOfFile))
  const rivals = await rivalsOf(inputs, source, toolchain.searched)
  return `${hashOf(unit, ...inputs, ...hashes, ...rivals)}.o`
}

interface Refused {
  readonly toolchain: Toolchain
  readonly root: string
  readonly source: string
  readonly wrapper: string | null
  readonly stderr: string
}

async function messagesOf({ toolchain, root, source, wrapper, stderr }: Refused): Promise<string> {
  const file = relative(root, source)
  const messages = readableMessages(stderr, wrapper, root, file)
  if (!messages.onlyOurs) return messages.text + hintsFor(messages.text)
  // Compiled alone, the file's error names the construct that is not closed, and where it began.
  const alone = await run(toolchain.compiler, [...toolchain.compile, '-fsyntax-only', source], root)
  const words =
    (alone.code !== 0 && readableMessages(alone.stderr, null, root, file).text) ||
    stderr.split('\n').slice(0, 10).join('\n')
  return `${file}: a brace or quotation mark is not closed:\n${words}`
}

/**
 * Links objects into a shared object.
 * @param libraries shared objects in the store that it needs, which will be placed beside it.
 * @throws CompileError with the linker's messages.
 */
export async function link(
  toolchain: Toolchain,
  root: string,
  objects: readonly string[],
  libraries: readonly string[] = [],
): Promise<string> {
  const { store } = toolchain
  const name = `${hashOf(toolchain.identity, ...toolchain.link, ...objects, ...libraries)}.so`
  if (await store.has(name)) return name
  const draft = await store.draft()
  try {
    const paths = [...objects, ...libraries].map((object) => store.path(object))
    const rpath = libraries.length > 0 ? ['-Wl,-rpath,$ORIGIN'] : []
    const parameters = [
      '-shared',
      '-o',
      draft,
      `-Wl,-soname,${name}`,
      ...paths,
      ...rpath,
      ...toolchain.link,
    ]
    const { code, stderr } = await run(toolchain.compiler, parameters, root)
    if (code !== 0)
      throw new CompileError(
        stderr.replaceAll(`${root}/`, '').trimEnd() + linkHintsFor(stderr),
        'linked',
      )
    await store.keep(draft, name)
    return name
  } finally {
    await rm(draft, { force: true })
  }
}
