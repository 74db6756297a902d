/**
 * Implements the `inspect` command: finds out how a build would compile each route, and what else
 * about the project matters to those who serve it, without `next build` and without a result on
 * disk.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BuildOutcome, BuildRequest, RouteBundler } from './bundle/types.ts'
import type { ProjectConfig } from './config/normalise.ts'
import type { MemoryState } from './memory_state/report.ts'
import { findCustomServer } from './mistakes/custom_server.ts'
import { isNativeFile } from './native/types.ts'
import { replacedOptions, type ReplacedOption } from './next_config/replaced.ts'
import { decide, type Decision } from './next_engine/decide.ts'
import { findNext } from './next_engine/installed.ts'
import { findConventions } from './project/conventions.ts'
import type { RouteSource } from './project/route_source.ts'

/** The server's request. */
export interface InspectRequest extends Omit<BuildRequest, 'outdir' | 'lenient' | 'config'> {
  /** From the reply to the `config` command. */
  readonly config: ProjectConfig
}

/** How a route would be compiled. */
export interface InspectedRoute {
  readonly file: string
  readonly engine: 'light' | 'next' | 'C++'
  /** Why it is the engine `next`; empty for others. */
  readonly reason: string
}

/** The reply. */
export interface InspectReply {
  /** The version of the project's Next.js; empty if it cannot compile anything. */
  readonly next_version: string
  /** Why not, and what to do; empty if it can. */
  readonly next_missing: string
  /** In the order of the request. */
  readonly routes: readonly InspectedRoute[]
  /** Errors that fail a build; the engines are unknown then. */
  readonly failures: readonly string[]
  readonly warnings: readonly string[]
  readonly memory_state: readonly MemoryState[]
  readonly middleware: { readonly file: string; readonly runtime: string } | null
  readonly instrumentation: { readonly file: string; readonly engine: string } | null
  readonly replaced: readonly ReplacedOption[]
  /** The file of a custom server, or empty. */
  readonly custom_server: string
}

/** Inspects the project; never rejects for errors of the user's. */
export async function runInspectCommand(
  request: InspectRequest,
  bundler: RouteBundler,
): Promise<InspectReply> {
  const { root, routes, config } = request
  const found = findNext(root)
  const outdir = mkdtempSync(join(tmpdir(), 'millrace-inspect-'))
  try {
    const scripts = routes.filter(({ file }) => !isNativeFile(file))
    const decided = await decide({ ...request, outdir, routes: scripts }, found, bundler)
    const failures = 'errors' in decided ? decided.errors : []
    const light: BuildOutcome = 'errors' in decided ? {} : decided.light
    return {
      next_version: 'next' in found ? found.next.version : '',
      next_missing: 'missing' in found ? found.missing : '',
      routes: routes.map((route) => inspected(route, decided)),
      failures,
      warnings: light.warnings ?? [],
      memory_state: light.memory_state ?? [],
      middleware: middlewareOf(root, light),
      instrumentation: instrumentationOf(light, decided),
      replaced: replacedOptions(config),
      custom_server: findCustomServer(root) ?? '',
    }
  } finally {
    rmSync(outdir, { recursive: true, force: true })
  }
}

function inspected(route: RouteSource, decided: Decision | object): InspectedRoute {
  const { file } = route
  if (isNativeFile(file)) return { file, engine: 'C++', reason: '' }
  if (!('choice' in decided)) return { file, engine: 'light', reason: '' }
  for (const [{ file: chosen }, reason] of decided.choice.why)
    if (chosen === file) return { file, engine: 'next', reason }
  return { file, engine: 'light', reason: '' }
}

function middlewareOf(root: string, { middleware }: BuildOutcome): InspectReply['middleware'] {
  if (middleware) return { file: middleware.file, runtime: middleware.runtime }
  const native = findConventions(root, ['cpp']).middleware
  return native === null ? null : { file: native.file, runtime: 'C++' }
}

function instrumentationOf(
  { instrumentation }: BuildOutcome,
  decided: Decision | object,
): InspectReply['instrumentation'] {
  if (!instrumentation) return null
  const byNext = 'choice' in decided && decided.choice.instrumentation
  return { file: instrumentation.file, engine: byNext ? 'next' : 'light' }
}
