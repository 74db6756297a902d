/**
 * Resolves aliases: `turbopack.resolveAlias` of next.config, in the project's files and in
 * packages, and `paths` and `baseUrl` of the project's tsconfig.json, outside of packages. Aliases
 * take precedence over all other resolution.
 */
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild, ResolveResult } from 'esbuild'
import { type CompilerOptions, readCompilerOptions } from '../sources/compiler_options.ts'

const emptyNamespace = 'millrace-alias-of-nothing'

/** The aliases of one configuration. */
export class Aliases {
  readonly #exact = new Map<string, readonly string[]>()
  readonly #patterns: { before: string; after: string; targets: readonly string[] }[] = []

  /** @param resolveAlias the option as next.config states it. */
  constructor(resolveAlias: unknown) {
    const given = typeof resolveAlias === 'object' && resolveAlias !== null ? resolveAlias : {}
    for (const [name, value] of Object.entries(given)) {
      const targets = targetsOf(value)
      if (targets === null) continue
      const star = name.indexOf('*')
      if (star < 0) this.#exact.set(name, targets)
      else
        this.#patterns.push({ before: name.slice(0, star), after: name.slice(star + 1), targets })
    }
  }

  get isEmpty(): boolean {
    return this.#exact.size === 0 && this.#patterns.length === 0
  }

  /**
   * Returns the targets of an import's name, the preferred one first; an empty list if it resolves
   * to an empty module; null if the name is not an alias.
   */
  targetsOf(specifier: string): readonly string[] | null {
    const exact = this.#exact.get(specifier)
    if (exact !== undefined) return exact
    for (const { before, after, targets } of this.#patterns) {
      const fits =
        specifier.length >= before.length + after.length &&
        specifier.startsWith(before) &&
        specifier.endsWith(after)
      if (!fits) continue
      const rest = specifier.slice(before.length, specifier.length - after.length)
      return targets.map((target) => target.replace('*', rest))
    }
    return null
  }
}

/** Reads the aliases from next.config as plain data, also under the option's older name. */
export function aliasesOf(config: Readonly<Record<string, unknown>>): Aliases {
  const { turbopack, experimental } = config as {
    turbopack?: Settings
    experimental?: { turbo?: Settings }
  }
  return new Aliases(turbopack?.resolveAlias ?? experimental?.turbo?.resolveAlias)
}

interface Settings {
  readonly resolveAlias?: unknown
}

/**
 * Returns the plugin; it must precede the plugins that resolve packages. @param root absolute real
 * path of the project.
 */
export function resolveAliases(root: string, aliases: Aliases): Plugin {
  return {
    name: 'millrace-aliases',
    setup(build) {
      const resolver = new AliasResolver(build, root, aliases)
      build.onStart(() => resolver.start())
      build.onResolve({ filter: aliases.isEmpty ? /^[^./]/ : /.*/ }, (args) =>
        resolver.resolve(args),
      )
      build.onLoad({ filter: /.*/, namespace: emptyNamespace }, () => ({
        contents: '',
        loader: 'js',
      }))
    },
  }
}

class AliasResolver {
  readonly #build: PluginBuild
  readonly #root: string
  readonly #aliases: Aliases
  /** Resolutions that this plugin itself has started; it must not intercept them again. */
  readonly #resolving = new Map<string, number>()
  #compiler: CompilerOptions

  constructor(build: PluginBuild, root: string, aliases: Aliases) {
    this.#build = build
    this.#root = root
    this.#aliases = aliases
    this.#compiler = readCompilerOptions(root)
  }

  /** Called before each build, because tsconfig.json may have changed. */
  start(): void {
    this.#compiler = readCompilerOptions(this.#root)
  }

  async resolve(args: OnResolveArgs): Promise<OnResolveResult | undefined> {
    if (args.kind === 'entry-point' || this.#resolving.has(keyOf(args))) return undefined
    const targets = this.#aliases.targetsOf(args.path)
    if (targets === null) return await this.#byPaths(args)
    if (targets.length === 0) return { path: args.path, namespace: emptyNamespace }
    const found = await this.#firstOf(targets, args)
    if (found !== undefined) return found
    const text = `Could not resolve ${JSON.stringify(args.path)}: the alias in turbopack.resolveAlias of next.config resolves to ${targets.join(', ')}, which does not exist`
    return { errors: [{ text }] }
  }

  async #byPaths(args: OnResolveArgs): Promise<OnResolveResult | undefined> {
    if (
      /^\.{0,2}\/|^node:/.test(args.path) ||
      args.importer.includes('/node_modules/') ||
      args.namespace !== 'file'
    )
      return undefined
    return await this.#firstOf(this.#compiler.candidates(args.path), args)
  }

  async #firstOf(
    targets: readonly string[],
    args: OnResolveArgs,
  ): Promise<OnResolveResult | undefined> {
    for (const target of targets) {
      const found = await this.#resolve({ ...args, path: target, resolveDir: this.#root })
      if (found.errors.length === 0) return { ...found, warnings: [] }
    }
    return undefined
  }

  /**
   * Resolves the import through the other plugins. The import's `pluginData` is passed on
   * unchanged, so it cannot mark the resolution as this plugin's own.
   */
  async #resolve(args: OnResolveArgs): Promise<ResolveResult> {
    const key = keyOf(args)
    this.#resolving.set(key, (this.#resolving.get(key) ?? 0) + 1)
    try {
      const { path, kind, importer, resolveDir, with: attributes, pluginData } = args
      return await this.#build.resolve(path, {
        kind,
        importer,
        resolveDir,
        with: attributes,
        pluginData: pluginData as unknown,
      })
    } finally {
      const count = this.#resolving.get(key)!
      if (count === 1) this.#resolving.delete(key)
      else this.#resolving.set(key, count - 1)
    }
  }
}

function keyOf({ path, kind, importer, resolveDir }: OnResolveArgs): string {
  return [path, kind, importer, resolveDir].join('\0')
}

/**
 * All routes are server code: of a conditional alias, `default` applies and `browser` never does.
 */
function targetsOf(value: unknown): readonly string[] | null {
  if (typeof value === 'string') return [value]
  if (value === false) return []
  if (Array.isArray(value)) return value.flatMap((one) => targetsOf(one) ?? [])
  if (typeof value === 'object' && value !== null && 'default' in value)
    return targetsOf(value.default)
  return null
}
