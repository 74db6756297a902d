/**
 * Chooses the engine that compiles each route, from the reasons against the light engine, and
 * reports the choice.
 */
import type { Inexactness } from '../base/inexact.ts'
import type { BuildOutcome, BuildRequest } from '../bundle/types.ts'
import type { RouteSource } from '../project/route_source.ts'
import { describeNeed, type Needs } from '../bundle/needs.ts'
import type { NextOfProject } from './installed.ts'

/** The result. */
export interface Choice {
  /** The routes for the engine `next`. */
  readonly routes: readonly RouteSource[]
  /** The reason for each of them. */
  readonly why: ReadonlyMap<RouteSource, string>
  /** Whether the `instrumentation` file needs it. */
  readonly instrumentation: boolean
  /** One line for each of these routes. */
  readonly reasons: readonly string[]
  readonly warnings: readonly string[]
  /** Errors for what neither engine can compile. */
  readonly errors: readonly string[]
}

const usualExtensions = ['tsx', 'ts', 'jsx', 'js']

/**
 * Whether a route has code to compile: both engines serve static metadata files such as images
 * unchanged.
 */
export function isCode({ config }: BuildRequest, { file }: RouteSource): boolean {
  return (config.pageExtensions ?? usualExtensions).some((extension) =>
    file.endsWith(`.${extension}`),
  )
}

/** Chooses the engine for all routes of a request. `light` is the result of the light engine. */
export function choose(
  request: BuildRequest,
  needs: Needs,
  light: BuildOutcome,
  found: NextOfProject,
): Choice {
  const { root, routes } = request
  const chosen = new Map<RouteSource, string>()
  for (const route of routes) {
    if (!isCode(request, route)) continue
    const [need] = needs[route.file] ?? []
    if (route.engine === 'next') chosen.set(route, 'set in millrace.toml')
    else if (route.engine !== 'light' && need !== undefined && 'next' in found)
      chosen.set(route, describeNeed(root, need))
  }
  addSharers(chosen, routes, light)
  const kept = Object.entries(needs).filter(
    ([file]) => ![...chosen.keys()].some((route) => route.file === file),
  )
  const { instrumentation } = light
  const instrumented = instrumentation ? needs[instrumentation.file] : undefined
  const byNext = instrumented !== undefined && 'next' in found
  const others = kept.filter(([file]) => !(byNext && file === instrumentation?.file))
  return {
    routes: [...chosen.keys()],
    why: chosen,
    instrumentation: byNext,
    reasons: [
      ...[...chosen].map(reasonLine),
      ...(byNext
        ? [`engine next: ${instrumentation!.file}: ${describeNeed(root, instrumented[0]!)}`]
        : []),
    ],
    warnings: others.flatMap(([file, list]) =>
      list.filter(isInexact).map((need) => warningOf(request, file, need, found)),
    ),
    // In development such a file responds with the compiler's message.
    errors:
      request.mode === 'development'
        ? []
        : others.flatMap(([, list]) =>
            list.filter((need) => !isInexact(need)).map((need) => describeNeed(root, need)),
          ),
  }
}

/** Returns the line of a build's output about a route of the engine `next`. */
export function reasonLine([{ path, file }, reason]: readonly [RouteSource, string]): string {
  return `engine next: ${path} (${file}): ${reason}`
}

/**
 * Routes that share state in a module's memory are compiled by the same engine, because Next.js's
 * single process has one copy of it.
 */
function addSharers(
  chosen: Map<RouteSource, string>,
  routes: readonly RouteSource[],
  { memory_state: states = [] }: BuildOutcome,
): void {
  // Both engines share the global object. State without routes belongs to all routes.
  const shared = states.filter(({ name }) => !name.startsWith('globalThis'))
  const has = (sharers: readonly string[], { file }: RouteSource): boolean =>
    sharers.length === 0 || sharers.includes(file)
  for (let before = -1; before !== chosen.size; ) {
    before = chosen.size
    for (const { file, name, routes: sharers } of shared) {
      const first = [...chosen.keys()].find((route) => has(sharers, route))
      if (first === undefined) continue
      for (const route of routes) {
        if (chosen.has(route) || route.engine === 'light' || !has(sharers, route)) continue
        chosen.set(route, `shares \`${name}\` of ${file} with ${first.path}`)
      }
    }
  }
}

/** A module that is compiled differently, as opposed to one that does not compile. */
function isInexact({ what }: Inexactness): boolean {
  return !what.startsWith('does not compile: ')
}

function warningOf(
  { root, routes }: BuildRequest,
  file: string,
  need: Inexactness,
  found: NextOfProject,
): string {
  const isRoute = routes.some((route) => route.file === file)
  const about = `${file}: ${describeNeed(root, need)}, which the engine "light" does not compile exactly as Next.js does`
  const engine = isRoute
    ? 'missing' in found
      ? `The engine "next" would, but ${found.missing}.`
      : 'The engine "next" would, but millrace.toml sets "light".'
    : ''
  return [`${about}.`, engine, need.wayOut].filter(Boolean).join(' ')
}
