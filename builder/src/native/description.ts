/**
 * Describes a route's shared object, by running the program that will load it.
 */
import { routeMethods } from '../../../runtime/node/src/base/methods.ts'
import { run } from './run.ts'
import type { Toolchain } from './toolchain.ts'
import type { Description, NativeUnit } from './types.ts'
import { CompileError } from './unit.ts'

/** Limit on the characters that are shown of a route's unexpected output. */
const shownCharacters = 300

/**
 * Returns the exports of a shared object in the store. @throws CompileError if it cannot be loaded.
 */
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

/** Returns the exports of the shared object at `path`. */
export async function describeObject(
  worker: string,
  path: string,
  unit: NativeUnit,
  root: string,
): Promise<Description> {
  const { stdout, stderr, code, signal } = await run(worker, ['--describe', path], root)
  if (stdout.trim() === '') {
    const end = signal === null ? `with exit code ${code}` : `by ${signal}`
    throw new CompileError(
      `the program that loads it ended ${end}; check the code that runs before any request: constructors of global and static values\n${stderr.trim()}`.trim(),
      'loaded',
    )
  }
  const found = descriptionIn(stdout)
  if (found.error !== undefined)
    throw new CompileError(found.error.replace(/^cannot be loaded: /, ''), 'loaded')
  checkExports(found, unit)
  return found
}

function descriptionIn(stdout: string): Description & { error?: string } {
  try {
    return JSON.parse(stdout) as Description & { error?: string }
  } catch {
    throw new CompileError(
      `its code prints to the standard output while it is loaded, where the build reads what it exports; use millrace/log.hpp or std::cerr. It printed:\n${stdout.slice(0, shownCharacters)}`,
      'loaded',
    )
  }
}

function checkExports({ methods }: Description, { kind, file }: NativeUnit): void {
  const wanted = { pages: 'handler', proxy: 'proxy' }
  if (kind === 'app') {
    if (methods.some((name) => name === name.toUpperCase())) return
    throw new CompileError(
      `${file} has no handler: expected a function named ${routeMethods.slice(0, -1).join(', ')} or ${routeMethods.at(-1)} that takes (const Request&, const Params&) or (const Request&) and returns Response or Task<Response>`,
      'served',
    )
  }
  if (methods.includes(wanted[kind])) return
  const expected =
    kind === 'pages' ? 'void handler(Request&, ResponseWriter&)' : 'Response proxy(const Request&)'
  throw new CompileError(`${file} has no handler: expected a function \`${expected}\``, 'served')
}
