import { routeMethods } from '../base/methods.ts'
import { DataCache } from '../cache/data_cache.ts'
import { DynamicServerError } from '../cache/static_generation.ts'
import { dispatch } from '../routes/dispatch.ts'
import type { LoadedRoute, RouteModule } from '../project/generation.ts'
import { Invocation } from '../invocation/invocation.ts'
import { importRoute } from '../project/modules.ts'
import { CollectedAnswer } from './collected_answer.ts'
import type { PrerenderedAnswer } from './job.ts'
import { isMetadataPath } from './metadata_path.ts'
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
const otherMethods = routeMethods.filter((name) => name !== 'GET' && name !== 'HEAD')

/**
 * Evaluates the `GET` of an app route as a build does, for each path that it says.
 * @param everything evaluate it though nothing in it asks for that (`cacheComponents`).
 * @throws Error of the handler's, told with the path it was called for.
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
  const answers: PrerenderedAnswer<Buffer>[] = []
  for (const params of listed) {
    const answer = everything
      ? await evaluateAtOnce(target, number, params)
      : await evaluate(target, number, params)
    if (answer === null) return dynamic
    answers.push(answer)
  }
  return {
    cached: true,
    dynamicParams: route.parameters.length > 0 && module['dynamicParams'] !== false,
    answers,
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
 * The parameters of the paths to evaluate; null where the route must be called for each request.
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
  readonly answer: CollectedAnswer
  readonly failures: readonly unknown[]
  readonly path: string
  readonly parameters: string
}

/** Null for an answer that holds for its request alone. */
async function evaluate(
  target: LoadedRoute,
  number: number,
  params: Params,
): Promise<PrerenderedAnswer<Buffer> | null> {
  const evaluation = call(target, params)
  await evaluation.answer.whole.catch(() => undefined)
  await evaluation.answer.settled()
  return keep(evaluation, number)
}

/**
 * The same under `cacheComponents`: once to fill the caches, then again, when the handler must
 * answer without waiting for anything that is not cached.
 */
async function evaluateAtOnce(
  target: LoadedRoute,
  number: number,
  params: Params,
): Promise<PrerenderedAnswer<Buffer> | null> {
  const first = call(target, params)
  await Promise.race([first.answer.whole.catch(() => undefined), quiet()])
  if (
    isForOne(first.answer) ||
    first.failures.some((failure) => failure instanceof DynamicServerError)
  )
    return null
  const second = await callAndGiveMicrotasks(target, params)
  if (second.answer.status === 0) return null
  const whole = await Promise.race([
    second.answer.whole.then(
      () => true,
      () => true,
    ),
    turn().then(() => false),
  ])
  return whole ? keep(second, number) : null
}

/**
 * Calls a handler and lets it go on as far as it does not wait for the event loop. Callbacks of one
 * phase follow each other with microtasks between and nothing else: what comes from a file or a
 * socket cannot be in time, however slow this process is.
 */
function callAndGiveMicrotasks(target: LoadedRoute, params: Params): Promise<Evaluation> {
  return new Promise((resolve) => {
    let evaluation!: Evaluation
    setImmediate(() => (evaluation = call(target, params)))
    setImmediate(() => resolve(evaluation))
  })
}

/** Settles when nothing has been made for a cache for a few turns. */
async function quiet(): Promise<void> {
  for (let turns = 0; turns < 5; turns = DataCache.shared.busy ? 0 : turns + 1) await turn()
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function call(target: LoadedRoute, params: Params): Evaluation {
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
  answer.whole.catch((error: unknown) => failures.push(error))
  dispatch(invocation)
  return { answer, failures, path, parameters }
}

async function keep(
  { answer, failures, path, parameters }: Evaluation,
  number: number,
): Promise<PrerenderedAnswer<Buffer> | null> {
  const [failure] = failures
  if (failure instanceof DynamicServerError) return null
  if (failures.length > 0) throw failure
  const kept = !isForOne(answer) && (answer.status < 400 || answer.status === 404)
  return kept
    ? {
        route: number,
        path,
        parameters,
        status: answer.status,
        fields: answer.fields,
        body: await answer.whole,
      }
    : null
}

/** Whether an answer says that it holds for its request alone. */
function isForOne({ fields }: CollectedAnswer): boolean {
  return /^x-millrace-revalidate: 0\r/m.test(fields)
}
