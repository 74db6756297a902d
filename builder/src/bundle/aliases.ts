/**
 * Names that lead elsewhere than they say: `turbopack.resolveAlias` of next.config, in the project's files and in
 * packages, and `paths` and `baseUrl` of the project's tsconfig.json, outside of packages. They stand before everything else that
 * knows where an import leads.
 */
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'
import { type CompilerOptions, readCompilerOptions } from './compiler_options.ts'

const marker = 'millrace-aliased'
const emptyNamespace = 'millrace-alias-of-nothing'

/** The aliases of one configuration. */
export class Aliases {
  readonly #exact = new Map<string, readonly string[]>()
  readonly #patterns: { before: string; after: string; targets: readonly string[] }[] = []

  /** @param resolveAlias as next.config has it. */
  constructor(resolveAlias: unknown) {
    const given = typeof resolveAlias === 'object' && resolveAlias !== null ? resolveAlias : {}
    for (const [name, value] of Object.entries(given)) {
      const targets = targetsOf(value)
      if (targets === null) continue
      const star = name.indexOf('*')
      if (star < 0) this.#exact.set(name, targets)
      else this.#patterns.push({ before: name.slice(0, star), after: name.slice(star + 1), targets })
    }
  }

  get isEmpty(): boolean {
    return this.#exact.size === 0 && this.#patterns.length === 0
  }

  /** What stands for an import's name, the preferred one first; none where it leads to an empty module; null for a name that is no alias. */
  targetsOf(specifier: string): readonly string[] | null {
    const exact = this.#exact.get(specifier)
    if (exact !== undefined) return exact
    for (const { before, after, targets } of this.#patterns) {
      const fits = specifier.length >= before.length + after.length && specifier.startsWith(before) && specifier.endsWith(after)
      if (!fits) continue
      const rest = specifier.slice(before.length, specifier.length - after.length)
      return targets.map((target) => target.replace('*', rest))
    }
    return null
  }
}

/** Of next.config as plain data, also by the option's older name. */
export function aliasesOf(config: Readonly<Record<string, unknown>>): Aliases {
  const { turbopack, experimental } = config as { turbopack?: Settings; experimental?: { turbo?: Settings } }
  return new Aliases(turbopack?.resolveAlias ?? experimental?.turbo?.resolveAlias)
}

interface Settings {
  readonly resolveAlias?: unknown
}

/** The plugin; stands before those that look at packages. @param root absolute real path of the project. */
export function resolveAliases(root: string, aliases: Aliases): Plugin {
  return {
    name: 'millrace-aliases',
    setup(build) {
      const resolver = new AliasResolver(build, root, aliases)
      build.onStart(() => resolver.start())
      build.onResolve({ filter: aliases.isEmpty ? /^[^./]/ : /.*/ }, (args) => resolver.resolve(args))
      build.onLoad({ filter: /.*/, namespace: emptyNamespace }, () => ({ contents: '', loader: 'js' }))
    },
  }
}

class AliasResolver {
  readonly #build: PluginBuild
  readonly #root: string
  readonly #aliases: Aliases
  #compiler: CompilerOptions

  constructor(build: PluginBuild, root: string, aliases: Aliases) {
    this.#build = build
    this.#root = root
    this.#aliases = aliases
    this.#compiler = readCompilerOptions(root)
  }

  /** Before each build: tsconfig.json may have changed. */
  start(): void {
    this.#compiler = readCompilerOptions(this.#root)
  }

  async resolve(args: OnResolveArgs): Promise<OnResolveResult | undefined> {
    if (args.pluginData === marker || args.kind === 'entry-point') return undefined
    const targets = this.#aliases.targetsOf(args.path)
    if (targets === null) return await this.#byPaths(args)
    if (targets.length === 0) return { path: args.path, namespace: emptyNamespace }
    const found = await this.#firstOf(targets, args)
    if (found !== undefined) return found
    const text = `Could not resolve ${JSON.stringify(args.path)}: the alias in turbopack.resolveAlias of next.config leads to ${targets.join(', ')}, which is not there`
    return { errors: [{ text }] }
  }

  async #byPaths(args: OnResolveArgs): Promise<OnResolveResult | undefined> {
    if (/^\.{0,2}\/|^node:/.test(args.path) || args.importer.includes('/node_modules/') || args.namespace !== 'file') return undefined
    return await this.#firstOf(this.#compiler.candidates(args.path), args)
  }

  async #firstOf(targets: readonly string[], { kind, importer, with: attributes }: OnResolveArgs): Promise<OnResolveResult | undefined> {
    for (const target of targets) {
      const found = await this.#build.resolve(target, { kind, importer, resolveDir: this.#root, pluginData: marker, with: attributes })
      if (found.errors.length === 0) return { ...found, warnings: [] }
    }
    return undefined
  }
}

/** All routes are server code: of conditional forms `default` counts, and `browser` never. */
function targetsOf(value: unknown): readonly string[] | null {
  if (typeof value === 'string') return [value]
  if (value === false) return []
  if (Array.isArray(value)) return value.flatMap((one) => targetsOf(one) ?? [])
  if (typeof value === 'object' && value !== null && 'default' in value) return targetsOf(value.default)
  return null
}
