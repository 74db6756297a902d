/**
 * Which engine compiles which route, given what stands against the light one, and what is said of
 * it.
 */
import type { Inexactness } from '../base/inexact.ts'
import type { BuildAnswer, BuildRequest } from '../bundle/types.ts'
import type { RouteSource } from '../project/route_source.ts'
import { describeNeed, type Needs } from '../bundle/needs.ts'
import type { NextOfProject } from './installed.ts'

/** The outcome. */
export interface Choice {
  /** Those for the engine `next`. */
  readonly routes: readonly RouteSource[]
  /** Whether the `instrumentation` file needs it. */
  readonly instrumentation: boolean
  /** A line for each of them. */
  readonly reasons: readonly string[]
  readonly warnings: readonly string[]
  /** What neither engine can do. */
  readonly errors: readonly string[]
}

const usualExtensions = ['tsx', 'ts', 'jsx', 'js']

/**
 * Whether there is anything to compile: images and the like in `app` are served as they are, by
 * either.
 */
export function isCode({ config }: BuildRequest, { file }: RouteSource): boolean {
  return (config.pageExtensions ?? usualExtensions).some((extension) =>
    file.endsWith(`.${extension}`),
  )
}

/** Chooses for all routes of a request. `light` is what the light engine has made. */
export function choose(
  request: BuildRequest,
  needs: Needs,
  light: BuildAnswer,
  found: NextOfProject,
): Choice {
  const { root, routes } = request
  const chosen = new Map<RouteSource, string>()
  for (const route of routes) {
    if (!isCode(request, route)) continue
    const [need] = needs[route.file] ?? []
    if (route.engine === 'next') chosen.set(route, 'as millrace.toml says')
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
    instrumentation: byNext,
    reasons: [
      ...[...chosen].map(([{ path, file }, reason]) => `engine next: ${path} (${file}): ${reason}`),
      ...(byNext
        ? [`engine next: ${instrumentation!.file}: ${describeNeed(root, instrumented[0]!)}`]
        : []),
    ],
    warnings: others.flatMap(([file, list]) =>
      list.filter(isInexact).map((need) => warningOf(request, file, need, found)),
    ),
    // In development such a file answers with the compiler's message.
    errors:
      request.mode === 'development'
        ? []
        : others.flatMap(([, list]) =>
            list.filter((need) => !isInexact(need)).map((need) => describeNeed(root, need)),
          ),
  }
}

/**
 * State in a module's memory is one for all routes that use it, as in Next.js's one process: they
 * go together.
 */
function addSharers(
  chosen: Map<RouteSource, string>,
  routes: readonly RouteSource[],
  { memory_state: states = [] }: BuildAnswer,
): void {
  // The global object is one for both engines. Without routes, it is everybody's.
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

/** A module that does not compile is another matter than one that is compiled otherwise. */
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
  const about = `${file}: ${describeNeed(root, need)}, which the engine "light" does not do exactly as Next.js`
  const engine = isRoute
    ? 'missing' in found
      ? `The engine "next" would: ${found.missing}.`
      : 'The engine "next" would: millrace.toml asks for "light".'
    : ''
  return [`${about}.`, engine, need.wayOut].filter(Boolean).join(' ')
}
