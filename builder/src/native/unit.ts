/**
 * One route's way from its source to a shared object: a translation unit around it, compiled and linked
 * unless both were done before with the same contents.
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './run.ts'
import { hashOf, hashOfFile } from './store.ts'
import type { Toolchain } from './toolchain.ts'
import type { Description, NativeUnit } from './types.ts'

/** What the compiler said, for the user. */
export class CompileError extends Error {
  /** Absolute paths of the files that the source was made of when it compiled last. */
  inputs: readonly string[] = []
}

/** An object file in the store. */
export interface CompiledObject {
  /** In the store. */
  readonly name: string
  /** Absolute paths of the files it was made of. */
  readonly inputs: readonly string[]
}

/** A shared object in the store. */
export interface LinkedObject {
  readonly name: string
  readonly description: Description
}

/** What goes before and behind a route's own text. */
export function textAround(file: string): string {
  return `#include ${JSON.stringify(file)}\n#include <millrace/detail/export_route.hpp>\n`
}

/**
 * Compiles one file.
 * @param text of the translation unit; null for the file itself.
 * @throws CompileError with the compiler's words.
 */
export async function compile(toolchain: Toolchain, root: string, source: string, text: string | null): Promise<CompiledObject> {
  const { store } = toolchain
  const unit = hashOf(toolchain.identity, ...toolchain.compile, root, source, text ?? '')
  const listName = `${unit}.inputs.json`
  const known = JSON.parse((await store.read(listName)) ?? '[]') as string[]
  if (known.length > 0) {
    const name = await objectName(unit, known)
    if (await store.has(name)) return { name, inputs: known }
  }
  const draft = await store.draft()
  const dependencies = `${draft}.d`
  const wrapper = text === null ? source : `${draft}.cpp`
  if (text !== null) await writeFile(wrapper, text)
  try {
    const parameters = [...toolchain.compile, '-MMD', '-MF', dependencies, '-c', wrapper, '-o', draft]
    const { code, stderr } = await run(toolchain.compiler, parameters, root)
    if (code !== 0) throw Object.assign(new CompileError(withoutWrapper(stderr, wrapper, root)), { inputs: known })
    const inputs = [...new Set(pathsIn(await readFile(dependencies, 'utf8'), root))].filter(
      (path) => path !== wrapper && !path.startsWith(store.folder),
    )
    await store.write(listName, JSON.stringify(inputs))
    const name = await objectName(unit, inputs)
    await store.keep(draft, name)
    return { name, inputs }
  } finally {
    await Promise.all([draft, dependencies, `${draft}.cpp`].map((path) => rm(path, { force: true })))
  }
}

async function objectName(unit: string, inputs: readonly string[]): Promise<string> {
  return `${hashOf(unit, ...inputs, ...(await Promise.all(inputs.map(hashOfFile))))}.o`
}

/**
 * Links objects into one that can be loaded.
 * @param libraries shared objects in the store that it needs, which will lie beside it.
 * @throws CompileError with the linker's words.
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
    const parameters = ['-shared', '-o', draft, `-Wl,-soname,${name}`, ...paths, ...rpath, ...toolchain.link]
    const { code, stderr } = await run(toolchain.compiler, parameters, root)
    if (code !== 0) throw new CompileError(`${stderr.trimEnd()}\nLibraries are named in millrace.toml: [native] libraries or pkg_config.`)
    await store.keep(draft, name)
    return name
  } finally {
    await rm(draft, { force: true })
  }
}

/** What a shared object exports. @throws CompileError where it cannot be loaded. */
export async function describe(
  toolchain: Toolchain,
  root: string,
  worker: string,
  name: string,
  unit: NativeUnit,
): Promise<Description> {
  const { store } = toolchain
  const kept = await store.read(`${name}.json`)
  if (kept !== undefined) return JSON.parse(kept) as Description
  const found = await describeObject(worker, store.path(name), unit, root)
  await store.write(`${name}.json`, JSON.stringify(found))
  return found
}

/** The same of the file at `path`. */
export async function describeObject(worker: string, path: string, unit: NativeUnit, root: string): Promise<Description> {
  const { stdout, stderr, code } = await run(worker, ['--describe', path], root)
  if (stdout === '') throw new CompileError(`its code ended the program that loads it (${code ?? 'by a signal'}): ${stderr.trim()}`)
  const found = JSON.parse(stdout) as Description & { error?: string }
  if (found.error !== undefined) throw new CompileError(found.error)
  checkExports(found, unit)
  return found
}

function checkExports({ methods }: Description, { kind, file }: NativeUnit): void {
  const wanted = { pages: 'handler', proxy: 'proxy' }
  if (kind === 'app') {
    if (methods.some((name) => name === name.toUpperCase())) return
    throw new CompileError(
      `${file} has no handler: expected a function named GET, HEAD, POST, PUT, DELETE, PATCH or OPTIONS that takes (const Request&, const Params&) or (const Request&) and returns Response or Task<Response>`,
    )
  }
  if (methods.includes(wanted[kind])) return
  const expected = kind === 'pages' ? 'void handler(Request&, ResponseWriter&)' : 'Response proxy(const Request&)'
  throw new CompileError(`${file} has no handler: expected a function \`${expected}\``)
}

/** The paths that a make rule depends on, absolute. */
export function pathsIn(rule: string, root: string): string[] {
  const [, prerequisites = ''] = rule.replaceAll('\\\n', ' ').split(/:\s/, 2)
  const words = prerequisites.match(/(?:\\.|[^\s\\])+/g) ?? []
  return words.map((word) => word.replace(/\\(.)/g, '$1').replaceAll('$$', '$')).map((path) => (path.startsWith('/') ? path : join(root, path)))
}

/** The compiler's words, without the lines that only speak of our own translation unit; files relative to the project. */
function withoutWrapper(text: string, wrapper: string, root: string): string {
  return text
    .split('\n')
    .filter((line) => !(line.includes(wrapper) && line.startsWith('In file included from')))
    .join('\n')
    .replaceAll(`${root}/`, '')
    .trimEnd()
}
