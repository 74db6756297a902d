import { DynamicServerError } from '../app/static_generation.ts'
import { dispatch } from '../dispatch.ts'
import type { LoadedRoute, RouteModule } from '../generation.ts'
import { Invocation } from '../invocation.ts'
import { importRoute } from '../modules.ts'
import { CollectedAnswer } from './collected_answer.ts'
import type { PrerenderedAnswer } from './job.ts'
import { encodeParams, pathOf, staticParams, type Params } from './static_params.ts'

/** What the build has found out about a route. */
export interface PrerenderedRoute {
  /** Whether `GET`s are answered from the cache. */
  readonly cached: boolean
  /** Whether paths that were not made at build are made when they are asked for. */
  readonly dynamicParams: boolean
  readonly answers: readonly PrerenderedAnswer<Buffer>[]
}

/** Every answer was asked for by nobody: the route is called for each request. */
const dynamic: PrerenderedRoute = { cached: false, dynamicParams: true, answers: [] }
const otherMethods = ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']

/**
 * Evaluates the `GET` of an app route as a build does, for each path that it says.
 * @param everything evaluate it though nothing in it asks for that (`cacheComponents`).
 * @throws Error of the handler's, told with the path it was called for.
 */
export async function prerenderRoute(target: LoadedRoute, number: number, everything: boolean): Promise<PrerenderedRoute> {
  const module = await importRoute(target)
  if (!mayBeStatic(module, everything)) return dynamic
  const { route } = target
  const listed = await paramsOf(target, module)
  if (listed === null) return dynamic
  const answers: PrerenderedAnswer<Buffer>[] = []
  for (const params of listed) {
    const answer = await evaluate(target, number, params)
    if (answer === null) return dynamic
    answers.push(answer)
  }
  return { cached: true, dynamicParams: route.parameters.length > 0 && module['dynamicParams'] !== false, answers }
}

function mayBeStatic(module: RouteModule, everything: boolean): boolean {
  const { dynamic, revalidate, runtime } = module
  if (typeof module['GET'] !== 'function' || otherMethods.some((name) => module[name])) return false
  if (dynamic === 'force-dynamic' || runtime === 'edge' || runtime === 'experimental-edge') return false
  if (everything || dynamic === 'force-static' || dynamic === 'error' || revalidate === false) return true
  return (typeof revalidate === 'number' && revalidate > 0) || typeof module['generateStaticParams'] === 'function'
}

/** The parameters of the paths to evaluate; null where the route must be called for each request. */
async function paramsOf({ route }: LoadedRoute, module: RouteModule): Promise<readonly Params[] | null> {
  if (route.parameters.length === 0) return [{}]
  const listed = await staticParams(route, module)
  if (listed !== null) return listed
  return module['dynamic'] === 'force-static' || module['dynamic'] === 'error' ? [] : null
}

/** Null for an answer that holds for its request alone. */
async function evaluate(target: LoadedRoute, number: number, params: Params): Promise<PrerenderedAnswer<Buffer> | null> {
  const path = pathOf(target.route, params)
  const parameters = encodeParams(target.route, params)
  const failures: unknown[] = []
  const answer = new CollectedAnswer()
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
      methodLength: method.length,
      remoteAddressLength: remoteAddress.length,
      targetLength: url.length,
      parametersLength: parameters.length,
      text: texts.join(''),
    },
    answer,
    answer,
  )
  answer.listenTo(invocation)
  invocation.onFailure = (error) => failures.push(error)
  dispatch(invocation)
  const body = await answer.whole.catch((error: unknown) => {
    throw failures[0] ?? error
  })
  await answer.settled()
  const failure = failures[0]
  if (failure instanceof DynamicServerError) return null
  if (failures.length > 0) throw failure
  const kept = !/^x-millrace-revalidate: 0\r/m.test(answer.fields) && (answer.status < 400 || answer.status === 404)
  return kept ? { route: number, path, parameters, status: answer.status, fields: answer.fields, body } : null
}
