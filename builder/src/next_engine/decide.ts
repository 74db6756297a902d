/**
 * Decides which engine compiles each route: bundles all routes with the light engine, and chooses
 * by what it could not compile exactly as Next.js does. A build and `millrace doctor` decide alike.
 */
import type { BuildOutcome, BuildRequest, RouteBundler } from '../bundle/types.ts'
import type { RouteSource } from '../project/route_source.ts'
import { choose, isCode, reasonLine, type Choice } from './choose.ts'
import type { NextOfProject } from './installed.ts'

/** The result where the project can be built. */
export interface Decision {
  /** What the light engine has built. */
  readonly light: BuildOutcome
  readonly choice: Choice
  /**
   * Set if the light engine fails and cannot tell for which routes: every route that may use the
   * engine `next` does, and `light` is empty.
   */
  readonly isLightFailed: boolean
}

/** Errors that fail the build, with the files that were read. */
export interface Undecided {
  readonly errors: string[]
  readonly inputs: string[]
}

/** Decides for the routes of the request; none of them is in C++. */
export async function decide(
  request: BuildRequest,
  found: NextOfProject,
  bundler: RouteBundler,
): Promise<Decision | Undecided> {
  const hasNext = 'next' in found
  const forced = request.routes.filter((route) => route.engine === 'next' && isCode(request, route))
  if (forced.length > 0 && 'missing' in found) {
    return {
      errors: forced.map(
        ({ file }) => `${file}: millrace.toml sets the engine "next", but ${found.missing}.`,
      ),
      inputs: [],
    }
  }
  const {
    needs = {},
    elsewhere = false,
    ...light
  } = await buildLight({ ...request, lenient: hasNext }, forced, bundler)
  const { inputs = [] } = light
  if (light.errors !== undefined) {
    const isHopeless = !elsewhere || !hasNext || request.mode === 'development'
    return isHopeless ? { errors: light.errors, inputs } : everythingByNext(request, light)
  }
  const choice = choose(request, needs, light, found)
  if (choice.errors.length > 0) return { errors: [...choice.errors], inputs }
  const warnings = [...(light.warnings ?? []), ...choice.warnings]
  return {
    light: { ...light, ...(warnings.length > 0 ? { warnings } : {}) },
    choice,
    isLightFailed: false,
  }
}

function everythingByNext(request: BuildRequest, failed: BuildOutcome): Decision {
  const [reason = ''] = failed.errors?.[0]?.split('\n') ?? []
  const chosen = new Map(
    request.routes
      .filter((route) => route.engine !== 'light' && isCode(request, route))
      .map((route) => [route, route.engine === 'next' ? 'set in millrace.toml' : reason]),
  )
  return {
    light: { inputs: failed.inputs ?? [] },
    choice: {
      routes: [...chosen.keys()],
      why: chosen,
      instrumentation: false,
      reasons: [...chosen].map(reasonLine),
      warnings: [],
      errors: [],
    },
    isLightFailed: true,
  }
}

/**
 * Builds all routes, so that everything about the modules that they share is known; if that fails,
 * without the routes of the other engine.
 */
async function buildLight(
  request: BuildRequest,
  forced: readonly RouteSource[],
  bundler: RouteBundler,
): Promise<BuildOutcome> {
  const outcome = await bundler.build(request)
  if (outcome.errors === undefined || forced.length === 0) return outcome
  return await bundler.build({
    ...request,
    routes: request.routes.filter((route) => !forced.includes(route)),
  })
}
