/**
 * The modules of a project in development, which the builder compiles one by one: each is one
 * instance for all routes of a worker. A new generation keeps the instances of modules that have
 * not changed and import nothing that has; the code of an earlier generation continues with the
 * instances that it began with.
 */
import Module, { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { fs } from '../base/builtins.ts'
import {
  beginRun,
  endRun,
  type Exports,
  isNamespace,
  named,
  reExport,
  toCommonJS,
  toESM,
} from './dev_namespaces.ts'

/** The list's file, in the folder of a generation. */
export const devModuleList = 'modules.json'

/** What a generation consists of, as the builder writes it. */
export interface DevModuleList {
  /** Absolute path of the folder of the modules' files. */
  readonly folder: string
  /** Changes when no instance of an earlier generation may be used again. */
  readonly epoch: string
  /** Numbers of the entries' modules, by the entry's file. */
  readonly entries: Readonly<Record<string, number>>
  readonly modules: readonly (readonly [
    name: string,
    /** Without the extension. Changes with the module's code. */
    file: string,
    /** Whether it has, or waits for, a top-level `await`. */
    isAsync: 0 | 1,
    /** Numbers of the modules that it imports. */
    imports: readonly number[],
  ])[]
}

/** What a route's module exports. */
type EntryModule = Readonly<Exports>

/** What a module's file exports. */
type ModuleFunction = (
  this: unknown,
  helpers: Helpers,
  require: NodeJS.Require,
  module: { exports: unknown },
  exports: unknown,
) => Promise<void> | undefined

const importPrefix = 'millrace-import:'
const requirePrefix = 'millrace-require:'
/** Milliseconds that an entry waits for packages that another import is still loading. */
const longestRace = 10_000
const raceCode = 'ERR_REQUIRE_ESM_RACE_CONDITION'

/** A module of one or more generations. */
class DevModule {
  readonly name: string
  readonly file: string
  readonly isAsync: boolean
  /** The newest generation that has this instance; all of them agree on what it imports. */
  list: ModuleList
  readonly module: { exports: unknown } = { exports: {} }
  state: 'new' | 'running' | 'done' | 'failed' = 'new'
  error: unknown
  /** Settles when an asynchronous module has run. */
  running: Promise<void> | undefined
  /** The module whose end this one waits for. */
  waitsFor: DevModule | undefined
  /** Keeps its source map in Node.js. */
  loaded: Module | undefined

  constructor(name: string, file: string, isAsync: boolean, list: ModuleList) {
    this.name = name
    this.file = file
    this.isAsync = isAsync
    this.list = list
  }
}

/** The modules of one generation. */
export class ModuleList {
  readonly #text: DevModuleList
  readonly #modules = new Map<string, DevModule>()

  /** @param before the list of the generation before, whose instances are used if possible. */
  constructor(text: DevModuleList, before: ModuleList | null) {
    this.#text = text
    const fresh = freshModules(text, before)
    for (const [number, [name, file, isAsync]] of text.modules.entries()) {
      const kept = fresh.has(number) ? undefined : before?.find(name)
      if (kept !== undefined) kept.list = this
      this.#modules.set(name, kept ?? new DevModule(name, file, isAsync === 1, this))
    }
  }

  get folder(): string {
    return this.#text.folder
  }

  get epoch(): string {
    return this.#text.epoch
  }

  /** Returns the module of a name. @throws Error for an unknown one. */
  module(name: string): DevModule {
    const module = this.#modules.get(name)
    if (module === undefined) throw new Error(`${name} is not among the compiled modules`)
    return module
  }

  find(name: string): DevModule | undefined {
    return this.#modules.get(name)
  }

  /**
   * Returns a text that changes with the code of an entry and of all modules that it reaches; null
   * if the entry is unknown.
   */
  version(entry: string): string | null {
    const start = this.#text.entries[entry]
    if (start === undefined) return null
    const reached = new Set([start])
    for (const number of reached)
      for (const imported of this.#text.modules[number]![3]) reached.add(imported)
    return [...reached]
      .map((number) => this.#text.modules[number]![1])
      .sort()
      .join(' ')
  }

  /** Runs the module of an entry, once, and returns its exports as a route's module has them. */
  async run(entry: string): Promise<EntryModule> {
    const number = this.#text.entries[entry]
    if (number === undefined) throw new Error(`${entry} has not been compiled`)
    const module = this.module(this.#text.modules[number]![0])
    const until = performance.now() + longestRace
    for (;;) {
      try {
        await runAsync(module, undefined)
        break
      } catch (error) {
        if ((error as { code?: unknown } | null)?.code !== raceCode || performance.now() > until)
          throw error
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    }
    const { exports } = module.module
    if (isNamespace(exports)) return exports as EntryModule
    const namespace = toESM(exports)
    return { default: '__esModule' in namespace ? namespace : namespace['default'] }
  }
}

/** Reads the list of a generation; null if it has none. */
export function readModuleList(folder: string, before: ModuleList | null): ModuleList | null {
  let text: string
  try {
    text = fs.readFileSync(join(folder, devModuleList), 'utf8')
  } catch {
    return null
  }
  return new ModuleList(JSON.parse(text) as DevModuleList, before)
}

/** Returns the numbers of the modules that have no usable instance. */
function freshModules(text: DevModuleList, before: ModuleList | null): ReadonlySet<number> {
  const { modules, epoch } = text
  const isKept = before !== null && before.epoch === epoch
  const fresh = new Set<number>()
  const importers: number[][] = modules.map(() => [])
  for (const [number, [name, file, isAsync, imports]] of modules.entries()) {
    for (const imported of imports) importers[imported]!.push(number)
    const known = isKept ? before.find(name) : undefined
    if (known?.file !== file || known.isAsync !== (isAsync === 1) || known.state === 'failed')
      fresh.add(number)
  }
  for (const number of fresh) for (const importer of importers[number]!) fresh.add(importer)
  return fresh
}

// --- Running modules ---

/** Runs a module unless it has run. @returns what CommonJS code gets of it. */
function runSync(module: DevModule): unknown {
  if (module.state === 'failed') throw module.error
  if (module.state === 'new') {
    if (module.isAsync)
      throw new Error(`require() of ${module.name}, which has or imports a top-level await`)
    module.state = 'running'
    beginRun()
    try {
      // Without a top-level await it has run when it returns.
      if (start(module) !== undefined) throw new Error(`${module.name} has not run at once`)
      module.state = 'done'
    } catch (error) {
      fail(module, error)
    } finally {
      endRun()
    }
  }
  return module.module.exports
}

/** Runs a module unless it has run, and waits for it. @param by the module that imports it. */
async function runAsync(module: DevModule, by: DevModule | undefined): Promise<unknown> {
  if (!module.isAsync) return runSync(module)
  if (module.state === 'failed') throw module.error
  if (module.state === 'new') {
    module.state = 'running'
    module.running = begin(module)
    // Whoever waits for it gets the error.
    module.running.catch(() => undefined)
  }
  if (module.state === 'running' && !isWaitedFor(module, by)) {
    if (by !== undefined) by.waitsFor = module
    try {
      await module.running
    } finally {
      if (by !== undefined) by.waitsFor = undefined
    }
  }
  return module.module.exports
}

/** Whether `module` itself waits for `by`: modules in a circle do not wait for each other. */
function isWaitedFor(module: DevModule, by: DevModule | undefined): boolean {
  for (let one: DevModule | undefined = module; one !== undefined; one = one.waitsFor)
    if (one === by) return true
  return false
}

async function begin(module: DevModule): Promise<void> {
  beginRun()
  try {
    await start(module)
    module.state = 'done'
  } catch (error) {
    fail(module, error)
  } finally {
    endRun()
  }
}

/**
 * Keeps the error of an ES module. A module in CommonJS is run again by its next importer, and so
 * is any after a failure to load a package for now.
 */
function fail(module: DevModule, error: unknown): never {
  const isRace = (error as { code?: unknown } | null)?.code === raceCode
  const isKept = !isRace && isNamespace(module.module.exports)
  module.state = isKept ? 'failed' : 'new'
  if (!isKept) module.module.exports = {}
  module.error = error
  throw error
}

function start(module: DevModule): Promise<void> | undefined {
  const path = join(module.list.folder, `${module.file}.cjs`)
  const own = new Module(path)
  own.filename = path
  own.paths = (Module as unknown as NodeModuleLoader)._nodeModulePaths(dirname(path))
  // Not require(): its cache would keep every version of every module.
  ;(own as unknown as { _compile(text: string, path: string): void })._compile(
    fs.readFileSync(path, 'utf8'),
    path,
  )
  module.loaded = own
  const run = own.exports as ModuleFunction
  const { exports } = module.module
  return run.call(exports, helpersOf(module, path), requireOf(module, path), module.module, exports)
}

interface NodeModuleLoader {
  _nodeModulePaths(folder: string): string[]
}

function requireOf(module: DevModule, path: string): NodeJS.Require {
  const original = createRequire(path)
  const require = (specifier: string): unknown => {
    const name = nameIn(specifier)
    return name === null ? original(specifier) : runSync(module.list.module(name))
  }
  return Object.assign(require, {
    resolve: original.resolve,
    cache: original.cache,
    main: original.main,
    extensions: original.extensions,
  })
}

/** Returns the module that a specifier of compiled code names; null for any other specifier. */
function nameIn(specifier: unknown): string | null {
  if (typeof specifier !== 'string') return null
  if (specifier.startsWith(importPrefix)) return specifier.slice(importPrefix.length)
  if (specifier.startsWith(requirePrefix)) return specifier.slice(requirePrefix.length)
  return null
}

// --- What compiled code calls ---

interface Helpers {
  readonly __toESM: (exports: unknown) => Exports
  readonly __toCommonJS: (namespace: Exports) => Exports
  readonly __reExport: (target: Exports, from: unknown) => void
  readonly __name: (target: unknown, value: string) => unknown
  readonly meta: { resolve(specifier: string): string }
  readonly imported: (specifier: string) => Promise<unknown>
  readonly dynamic: (specifier: string) => Promise<Exports>
}

function helpersOf(module: DevModule, path: string): Helpers {
  return {
    __toESM: toESM,
    __toCommonJS: toCommonJS,
    __reExport: reExport,
    __name: named,
    meta: { resolve: (specifier) => resolved(specifier, path) },
    imported: (specifier) => runAsync(module.list.module(nameIn(specifier)!), module),
    dynamic: async (specifier) => {
      const target = module.list.module(nameIn(specifier)!)
      await undefined
      return toESM(await runAsync(target, undefined))
    },
  }
}

/** `import.meta.resolve` */
function resolved(specifier: string, path: string): string {
  if (/^(?:\.{0,2}\/|[a-z]+:)/.test(specifier)) return new URL(specifier, pathToFileURL(path)).href
  return pathToFileURL(createRequire(path).resolve(specifier)).href
}
