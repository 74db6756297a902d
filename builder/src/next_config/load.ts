/**
 * Finds and evaluates a project's `next.config.*`. The file and the project's modules that it
 * imports are bundled first, so that TypeScript works, imports need no extensions, and an edit in
 * any of them takes effect when it is evaluated again in the same process.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type BuildFailure, formatMessages } from 'esbuild'
import { moduleBanner } from '../bundle/banner.ts'
import { LayerCopies } from '../packages/layer_copies.ts'
import { layersOf, nodeConditions } from '../packages/layers.ts'
import { externalPackages } from '../packages/packages.ts'
import { sourceFiles } from '../sources/source_files.ts'
import { type Mode, nextConstants, phaseOf } from '../base/phases.ts'
import { defaultConfig, normaliseConfig, type ProjectConfig } from '../config/normalise.ts'
import { type CompiledRules, loadRules } from '../rules/rules.ts'
import { refuseExport, unsupportedOf } from './unsupported.ts'
import { webpackUse } from './webpack.ts'

const names = [
  'next.config.js',
  'next.config.mjs',
  'next.config.ts',
  'next.config.mts',
  'next.config.cjs',
]

/** The reply to `config`. */
export interface LoadedConfig {
  config?: ProjectConfig
  /** The manifest's "rules". */
  rules?: CompiledRules | null
  errors?: string[]
  /** Files whose change requires another evaluation, relative to the project. */
  inputs?: string[]
  /** Options that the project sets and that have no effect. */
  warnings?: string[]
}

let evaluations = 0

/** Evaluates the configuration of the project at `root`, an absolute real path. */
export async function loadConfig(root: string, mode: Mode): Promise<LoadedConfig> {
  const name = names.find((candidate) => existsSync(join(root, candidate)))
  if (name === undefined) return { config: defaultConfig(), inputs: [], warnings: [] }
  const folder = join(root, '.millrace', 'cache')
  const compiled = join(folder, `config-${process.pid}-${++evaluations}.mjs`)
  let inputs = [name]
  try {
    const result = await compile(root, name, mode)
    inputs = result.inputs
    mkdirSync(folder, { recursive: true })
    writeFileSync(compiled, result.text)
    const exported = await evaluate(compiled, mode)
    const config = normaliseConfig(exported)
    refuseExport(exported as object, mode)
    const rules = await loadRules(exported as object, config)
    const webpack = webpackUse(root, name, exported as object)
    if (webpack.compiles) config.compiledByWebpackOf = name
    const warnings = [...unsupportedOf(name, exported as object), ...webpack.warnings]
    return { config, rules, inputs, warnings }
  } catch (error) {
    return { errors: [await explain(error, root, name, compiled)], inputs }
  } finally {
    rmSync(compiled, { force: true })
  }
}

async function compile(
  root: string,
  name: string,
  mode: Mode,
): Promise<{ text: string; inputs: string[] }> {
  const seen = new Set<string>()
  const result = await build({
    absWorkingDir: root,
    entryPoints: [name],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    conditions: [...nodeConditions, mode],
    sourcemap: 'inline',
    sourcesContent: false,
    outfile: join(root, '.millrace', 'cache', 'config.mjs'),
    logLevel: 'silent',
    plugins: [
      {
        name: 'next-constants',
        setup(setup) {
          setup.onResolve({ filter: /^next\/constants(\.js)?$/ }, () => ({
            path: 'constants',
            namespace: 'next',
          }))
          setup.onLoad({ filter: /.*/, namespace: 'next' }, () => ({
            contents: `module.exports = ${JSON.stringify(nextConstants)}`,
          }))
        },
      },
      {
        // A configuration refers to the files beside it: none are copied.
        name: 'own-urls',
        setup(setup) {
          setup.onResolve({ filter: /^millrace-(?:url|worker):/ }, ({ path }) => ({
            path: path.slice(path.indexOf(':') + 1),
            namespace: 'own-url',
          }))
          setup.onLoad({ filter: /.*/, namespace: 'own-url' }, ({ path }) => ({
            contents: `export default ${JSON.stringify(pathToFileURL(path).href)}`,
          }))
        },
      },
      externalPackages({
        root,
        copies: new LayerCopies([{ path: join(root, name), layer: layersOf(mode).pages }]),
        serverExternal: [],
        transpile: [],
      }),
      sourceFiles({ root, seen }),
    ],
    define: sourceFiles.define,
  })
  const text = result.outputFiles[0]?.text ?? ''
  return {
    text: moduleBanner(text) + text,
    inputs: [...seen].map((path) => relative(root, path)).sort(),
  }
}

async function evaluate(compiled: string, mode: Mode): Promise<unknown> {
  const module = (await import(pathToFileURL(compiled).href)) as { default?: unknown }
  let exported: unknown = await module.default
  // A TypeScript or Babel output in CommonJS: exports.default.
  if (
    typeof exported === 'object' &&
    exported !== null &&
    '__esModule' in exported &&
    'default' in exported
  ) {
    exported = await exported.default
  }
  if (exported === undefined)
    throw new Error('it exports no configuration: expected `export default` or module.exports')
  if (typeof exported !== 'function') return exported
  const made: unknown = await exported(phaseOf(mode), { defaultConfig: defaultConfig() })
  if (made === undefined)
    throw new Error('its function returned nothing: expected a configuration object')
  return made
}

/** Returns one message for the user: the file, the error, and where it occurred. */
async function explain(
  error: unknown,
  root: string,
  name: string,
  compiled: string,
): Promise<string> {
  const failure = error as Partial<BuildFailure>
  if (Array.isArray(failure.errors)) {
    const texts = await formatMessages(failure.errors, {
      kind: 'error',
      color: false,
      terminalWidth: 100,
    })
    return `${name} cannot be compiled: ${texts
      .join('')
      .trimEnd()
      .replace(/^\S+ \[ERROR\] /, '')}`
  }
  const message = error instanceof Error ? error.message : String(error)
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const place = stack
    .split('\n')
    .find((line) => line.includes(basename(compiled)) || line.includes(`${root}/`))
  const shown = place?.includes(basename(compiled)) ? '' : place?.trim().replace(`${root}/`, '')
  return `${name}: ${message}${shown ? `\n    ${shown}` : ''}`
}
