/**
 * Provides Next.js's stores of the running request where packages look for them:
 * `fetch.__nextGetStaticStore()`, and the storages of
 * `next/dist/server/app-render/*-async-storage.external`, which all copies of one version of `next`
 * share through a global. Their content comes from the request context of the running code.
 */
import { asyncHooks } from '../base/async_hooks.ts'
import { cookieStoreOf } from './cookie_store.ts'
import { currentContext, type RequestContext } from './context.ts'
import { DraftMode } from './draft_mode.ts'
import { sealedHeadersOf } from './sealed_headers.ts'

type Storage = InstanceType<typeof asyncHooks.AsyncLocalStorage<unknown>>

interface Views {
  readonly work: object
  readonly workUnit: object
  readonly action: object
}

const views = new WeakMap<RequestContext, Views>()
/** The storage for projects without `next`. */
const ours = withRequestViews(new asyncHooks.AsyncLocalStorage(), 'work')

/** The value of `fetch.__nextGetStaticStore`. */
export function staticStore(): Storage {
  return ours
}

/** Links the storages of this version of `next`, which may already exist. */
export function linkStorages(version: string): void {
  const names = {
    work: 'work-async-storage',
    workUnit: 'work-unit-async-storage',
    action: 'action-async-storage',
  } as const
  for (const [view, name] of Object.entries(names)) {
    const key = Symbol.for(`@next/${name}@${version}`)
    const storages = globalThis as unknown as Record<symbol, Storage | undefined>
    withRequestViews((storages[key] ??= new asyncHooks.AsyncLocalStorage()), view as keyof Views)
  }
}

/** Makes a storage return the view of the running request if it has no store of its own. */
function withRequestViews(storage: Storage, view: keyof Views): Storage {
  const getStore = storage.getStore.bind(storage)
  return Object.assign(storage, {
    getStore(): unknown {
      const own = getStore()
      if (own !== undefined) return own
      const context = currentContext()
      return context === undefined ? undefined : viewsOf(context)[view]
    },
  })
}

function viewsOf(context: RequestContext): Views {
  let found = views.get(context)
  if (found === undefined)
    views.set(
      context,
      (found = {
        work: workStore(context),
        workUnit: workUnitStore(context),
        action: { isAppRoute: true, isAction: false },
      }),
    )
  return found
}

function workStore(context: RequestContext): object {
  const { generation, route } = context.invocation.target
  return {
    page: route.kind === 'app' ? `${route.path}/route` : route.path,
    route: route.path,
    buildId: generation.manifest.buildId,
    isStaticGeneration: context.evaluation !== null,
    isBuildTimePrerendering: context.evaluation?.building === true,
    isOnDemandRevalidate: false,
    isPrefetchRequest: false,
    get isDraftMode() {
      return new DraftMode(context).isEnabled
    },
    get fetchCache() {
      return context.fetchCache
    },
    get forceStatic() {
      return context.requestless
    },
    get forceDynamic() {
      return context.dynamic === 'force-dynamic'
    },
    get dynamicShouldError() {
      return context.dynamic === 'error'
    },
    cacheComponentsEnabled: generation.manifest.config['cacheComponents'] === true,
    previouslyRevalidatedTags: [],
    reactLoadableManifest: {},
    assetPrefix: '',
  }
}

function workUnitStore(context: RequestContext): object {
  return {
    type: context.evaluation === null ? 'request' : 'prerender-legacy',
    get phase() {
      return context.phase
    },
    get url() {
      const { pathname, search } = context.request.nextUrl
      return { pathname, search }
    },
    get headers() {
      context.useRequest('`headers`')
      return sealedHeadersOf(context)
    },
    get cookies() {
      context.useRequest('`cookies`')
      return cookieStoreOf(context)
    },
    get mutableCookies() {
      return cookieStoreOf(context)
    },
    get userspaceMutableCookies() {
      return cookieStoreOf(context)
    },
    get draftMode() {
      return new DraftMode(context)
    },
    get implicitTags() {
      return { tags: context.implicitTags, expirationsByCacheKind: new Map() }
    },
    rootParams: {},
  }
}
