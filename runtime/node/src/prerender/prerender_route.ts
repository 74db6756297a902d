import { routeMethods } from '../base/methods.ts'
import { DataCache } from '../cache/data_cache.ts'
import { DynamicServerError } from '../cache/static_generation.ts'
import { dispatch } from '../routes/dispatch.ts'
import type { LoadedRoute, RouteModule } from '../project/generation.ts'
import { Invocation } from '../invocation/invocation.ts'
import { importRoute } from '../project/modules.ts'
import { CollectedResponse } from './collected_response.ts'
import type { PrerenderedResponse } from './job.ts'
import { isMetadataPath } from './metadata_path.ts'
import { encodeParams, pathOf, staticParams, type Params } from './static_params.ts'

/** The result of prerendering a route. */
export interface PrerenderedRoute {
  /** Whether its `GET` is served from the cache. */
  readonly cached: boolean
  /** Whether paths not evaluated at build time are evaluated on request. */
  readonly dynamicParams: boolean
  readonly responses: readonly PrerenderedResponse<Buffer>[]
}

/** The result for a route that is called for each request. */
const dynamic: PrerenderedRoute = { cached: false, dynamicParams: true, responses: [] }
const otherMethods = routeMethods.filter((name) => name !== 'GET' && name !== 'HEAD')

/**
 * Evaluates the `GET` of an app route as `next build` does, for each path that the route names.
 * @param everything whether it is evaluated even if the route does not ask for it
 * (`cacheComponents`).
 * @throws Error that the handler throws.
 */
export async function prerenderRoute(
  target: LoadedRoute,
  number: number,
  everything: boolean,
): Promise<PrerenderedRoute> {
  const module = await importRoute(target)
  const { route } = target
  if (!mayBeStatic(module, everything || isMetadataPath(route.path))) return dynamic
  const listed = await paramsOf(target, module)
  if (listed === null) return dynamic
  const responses: PrerenderedResponse<Buffer>[] = []
  for (const params of listed) {
    const response = everything
      ? await evaluateAtOnce(target, number, params)
      : await evaluate(target, number, params)
    if (response === null) return dynamic
    responses.push(response)
  }
  return {
    cached: true,
    dynamicParams: route.parameters.length > 0 && module['dynamicParams'] !== false,
    responses,
  }
}

function mayBeStatic(module: RouteModule, everything: boolean): boolean {
  const { dynamic, revalidate, runtime } = module
  if (typeof module['GET'] !== 'function' || otherMethods.some((name) => module[name])) return false
  if (dynamic === 'force-dynamic' || runtime === 'edge' || runtime === 'experimental-edge')
    return false
  if (everything || dynamic === 'force-static' || dynamic === 'error' || revalidate === false)
    return true
  return (
    (typeof revalidate === 'number' && revalidate > 0) ||
    typeof module['generateStaticParams'] === 'function'
  )
}

/**
 * Returns the parameters of the paths to evaluate; null if the route must be called for each
 * request.
 */
async function paramsOf(
  { route }: LoadedRoute,
  module: RouteModule,
): Promise<readonly Params[] | null> {
  if (route.parameters.length === 0) return [{}]
  const listed = await staticParams(route, module)
  if (listed !== null) return listed
  return module['dynamic'] === 'force-static' || module['dynamic'] === 'error' ? [] : null
}

/** One call of a handler for a path. */
interface Evaluation {
  readonly response: CollectedResponse
  readonly failures: readonly unknown[]
  readonly path: string
  readonly parameters: string
}

/** Returns null for a response that is valid for its request only. */
async function evaluate(
  target: LoadedRoute,
  number: number,
  params: Params,
): Promise<PrerenderedResponse<Buffer> | null> {
  const evaluation = call(target, params)
  await evaluation.response.whole.catch(() => undefined)
  await evaluation.response.settled()
  return keep(evaluation, number)
}

/**
 * The same with `cacheComponents`: once to fill the caches, then again, when the handler must
 * respond without waiting for anything that is not cached.
 */
async function evaluateAtOnce(
  target: LoadedRoute,
  number: number,
  params: Params,
): Promise<PrerenderedResponse<Buffer> | null> {
  const first = call(target, params)
  await Promise.race([first.response.whole.catch(() => undefined), cachesIdle()])
  if (
    isUncacheable(first.response) ||
    first.failures.some((failure) => failure instanceof DynamicServerError)
  )
    return null
  const second = await callAndGiveMicrotasks(target, params)
  if (second.response.status === 0) return null
  const whole = await Promise.race([
    second.response.whole.then(
      () => true,
      () => true,
    ),
    turn().then(() => false),
  ])
  return whole ? keep(second, number) : null
}

/**
 * Calls a handler and lets it run as long as it does not wait for the event loop. Between two
 * callbacks of one phase only microtasks run, so nothing that comes from a file or a socket can
 * arrive in time, however slow this process is.
 */
function callAndGiveMicrotasks(target: LoadedRoute, params: Params): Promise<Evaluation> {
  return new Promise((resolve) => {
    let evaluation!: Evaluation
    setImmediate(() => (evaluation = call(target, params)))
    setImmediate(() => resolve(evaluation))
  })
}

/** Settles when no cached function has run for a few turns. */
async function cachesIdle(): Promise<void> {
  for (let turns = 0; turns < 5; turns = DataCache.shared.busy ? 0 : turns + 1) await turn()
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function call(target: LoadedRoute, params: Params): Evaluation {
  const path = pathOf(target.route, params)
  const parameters = encodeParams(target.route, params)
  const failures: unknown[] = []
  const response = new CollectedResponse()
  const { basePath } = target.generation.manifest.config
  const texts = ['GET', '127.0.0.1', basePath + path, parameters, 'Host: localhost:3000\r\n']
  const [method, remoteAddress, url] = texts as [string, string, string, string, string]
  const invocation = new Invocation(
    {
      stream: 1,
      target,
      httpVersion: 11,
      secure: false,
      remotePort: 0,
      hasBody: false,
      fill: true,
      upgrade: false,
      methodLength: method.length,
      remoteAddressLength: remoteAddress.length,
      targetLength: url.length,
      parametersLength: parameters.length,
      text: texts.join(''),
    },
    response,
    response,
  )
  response.listenTo(invocation)
  invocation.onFailure = (error) => failures.push(error)
  response.whole.catch((error: unknown) => failures.push(error))
  dispatch(invocation)
  return { response, failures, path, parameters }
}

async function keep(
  { response, failures, path, parameters }: Evaluation,
  number: number,
): Promise<PrerenderedResponse<Buffer> | null> {
  const [failure] = failures
  if (failure instanceof DynamicServerError) return null
  if (failures.length > 0) throw failure
  const cacheable = !isUncacheable(response) && (response.status < 400 || response.status === 404)
  return cacheable
    ? {
        route: number,
        path,
        parameters,
        status: response.status,
        fields: response.fields,
        body: await response.whole,
      }
    : null
}

/** Whether a response says that it is valid for its request only. */
function isUncacheable({ fields }: CollectedResponse): boolean {
  return /^x-millrace-revalidate: 0\r/m.test(fields)
}
