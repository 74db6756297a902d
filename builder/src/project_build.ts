/**
 * Implements the `build` command for routes in JavaScript and in C++, which are built in parallel.
 */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { routeMethods } from '../../runtime/node/src/base/methods.ts'
import type {
  BuildOutcome,
  BuildRequest,
  MiddlewareOutput,
  RouteBundler,
  RouteOutput,
} from './bundle/types.ts'
import type { RouteSource } from './project/route_source.ts'
import { findConventions } from './project/conventions.ts'
import {
  compileNative,
  type FirstBuild,
  firstBuildOf,
  type NativeResult,
} from './native/first_build.ts'
import { moduleName } from './native/names.ts'
import { buildScripts } from './next_engine/scripts.ts'
import {
  isNativeFile,
  defaultSettings,
  type BuiltUnit,
  type NativeBuild,
  type NativeRequest,
  type NativeUnit,
} from './native/types.ts'
import { relativeInputs } from './native/inputs.ts'
import { compileMatchers } from './proxy/matchers.ts'

/**
 * The folder of the files that are installed beside the server: this program is in a subfolder of
 * it.
 */
const share = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Builds the project; never rejects for errors of the user's. */
export async function buildProject(
  request: BuildRequest,
  bundler: RouteBundler,
): Promise<BuildOutcome> {
  const proxy = findConventions(request.root, ['cpp']).middleware?.file ?? null
  const native = request.routes.filter(({ file }) => isNativeFile(file))
  if (native.length === 0 && proxy === null) return await buildScripts(request, bundler, share)
  const scripts = request.routes.filter(({ file }) => !isNativeFile(file))
  const units: NativeUnit[] = native.map(({ path, kind, file }) => ({ path, kind, file }))
  if (proxy !== null) units.push({ file: proxy, path: 'proxy', kind: 'proxy' })
  const { root, mode, outdir, native: settings = defaultSettings } = request
  const nativeRequest: NativeRequest = { root, mode, outdir, settings, units, share }
  const bundling = buildScripts({ ...request, routes: scripts }, bundler, share)
  // Requests for routes in C++ can wait for them, but not for the middleware.
  const first =
    request.dev !== undefined && proxy === null && scripts.length > 0
      ? firstBuildOf(nativeRequest)
      : null
  const isEarly = first !== null && !first.isOver
  const [bundled, compiled] = await Promise.all([
    bundling,
    isEarly
      ? bundling.then(() => early(first, nativeRequest, request))
      : compileNative(nativeRequest),
  ])
  if (compiled === null) return withoutNative(bundled, native)
  if (compiled instanceof Error) return { errors: [compiled.message], inputs: bundled.inputs ?? [] }
  const inputs = [
    ...new Set([...(bundled.inputs ?? []), ...relativeInputs(root, compiled.inputs)]),
  ].sort()
  if (bundled.errors !== undefined) {
    const others = mode === 'production' ? compiled.problems : []
    return { errors: [...bundled.errors, ...others], inputs }
  }
  if (mode === 'production' && compiled.problems.length > 0) {
    // Warnings must be reported now: what was compiled is not compiled again.
    return {
      errors: [...compiled.problems, ...compiled.warnings.map((text) => `warning: ${text}`)],
      inputs,
    }
  }
  if (proxy !== null && bundled.middleware) {
    return {
      errors: [
        `Both "./${bundled.middleware.file}" and "./${proxy}" are proxy files: keep one of them.`,
      ],
      inputs,
    }
  }
  try {
    return {
      ...merged(bundled, compiled, native),
      ...(isEarly ? { compiled: [...(bundled.compiled ?? []), ...native.map(fileOf)] } : {}),
      ...middlewareOf(bundled, compiled, proxy, request),
      inputs,
    }
  } catch (error) {
    return { errors: [(error as Error).message], inputs }
  }
}

const fileOf = ({ file }: RouteSource): string => file

/**
 * Returns the result of the first compilation if it is there, or a request waits for it; otherwise
 * null.
 */
async function early(
  first: FirstBuild,
  native: NativeRequest,
  { dev }: BuildRequest,
): Promise<NativeResult | null> {
  const isWanted = native.units.some(({ file }) => dev?.wanted.includes(file) === true)
  return first.isOver || isWanted ? await first.finish(native) : null
}

/** Returns the result of a build whose routes in C++ are still being compiled. */
function withoutNative(bundled: BuildOutcome, native: readonly RouteSource[]): BuildOutcome {
  if (bundled.outputs === undefined) return bundled
  const outputs = { ...bundled.outputs }
  for (const { file } of native) {
    const module = `native/${moduleName(file)}.so`
    outputs[file] = { module, methods: null, options: {}, size: 0, lazy: true }
  }
  const inputs = [...new Set([...(bundled.inputs ?? []), ...native.map(fileOf)])].sort()
  return { ...bundled, outputs, inputs }
}

function merged(
  bundled: BuildOutcome,
  compiled: NativeBuild,
  native: readonly RouteSource[],
): BuildOutcome {
  const outputs = { ...bundled.outputs }
  for (const { file, kind } of native) outputs[file] = outputOf(compiled.units.get(file)!, kind)
  const problems = [...(bundled.problems ?? []), ...compiled.problems]
  const warnings = [...(bundled.warnings ?? []), ...compiled.warnings]
  return {
    ...bundled,
    outputs,
    ...(problems.length > 0 ? { problems } : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
  }
}

function outputOf({ module, description, size }: BuiltUnit, kind: 'pages' | 'app'): RouteOutput {
  return {
    module,
    methods: kind === 'app' ? methodsOf(description) : null,
    options: { ...description?.options },
    size,
  }
}

/** In the manifest's order. */
function methodsOf(description: BuiltUnit['description']): string[] | null {
  if (description === null) return null
  return routeMethods.filter((name) => description.methods.includes(name))
}

/** @throws Error for invalid matchers. */
function middlewareOf(
  bundled: BuildOutcome,
  compiled: NativeBuild,
  proxy: string | null,
  { config }: BuildRequest,
): { middleware: MiddlewareOutput | null } {
  if (proxy === null) return { middleware: bundled.middleware ?? null }
  const { module, description } = compiled.units.get(proxy)!
  try {
    const matchers = compileMatchers(description?.matcher, config)
    return { middleware: { file: proxy, module, matchers, runtime: 'nodejs' } }
  } catch (error) {
    throw new Error(`${proxy}: RouteOptions::matcher: ${(error as Error).message}`)
  }
}
