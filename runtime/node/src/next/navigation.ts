/**
 * `next/navigation` for routes: the functions that apply to a server, and placeholders for the
 * hooks of components, so that files that import both can be loaded.
 */
import { currentContext } from '../context/context.ts'
import { accessError, accessStatusOf, redirectError, redirectionOf } from '../app/signals.ts'

/**
 * How a redirect changes the browser's history; the response of a route handler is the same for
 * both.
 */
export const RedirectType = { push: 'push', replace: 'replace' } as const
export type RedirectType = (typeof RedirectType)[keyof typeof RedirectType]

/** Responds with 307. @throws always. */
export function redirect(url: string, type: RedirectType = RedirectType.replace): never {
  throw redirectError(url, type, 307)
}

/** Responds with 308. @throws always. */
export function permanentRedirect(url: string, type: RedirectType = RedirectType.replace): never {
  throw redirectError(url, type, 308)
}

/** Responds with 404. @throws always. */
export function notFound(): never {
  throw accessError(404)
}

/** Responds with 403, if `experimental.authInterrupts` is on. @throws always. */
export function forbidden(): never {
  requireAuthInterrupts('forbidden')
  throw accessError(403)
}

/** Responds with 401, if `experimental.authInterrupts` is on. @throws always. */
export function unauthorized(): never {
  requireAuthInterrupts('unauthorized')
  throw accessError(401)
}

/** Rethrows the errors of the functions above, which a catch block must not handle. */
export function unstable_rethrow(error: unknown): void {
  if (redirectionOf(error) !== undefined || accessStatusOf(error) !== undefined) throw error
  if (error instanceof Error && error.cause !== undefined) unstable_rethrow(error.cause)
}

/** @throws Error always: it is only for browsers. */
export function unstable_isUnrecognizedActionError(): never {
  throw new Error('`unstable_isUnrecognizedActionError` can only be used on the client.')
}

/** Returns a hook that throws, as React's hooks do outside of a component. */
function hook(name: string): () => never {
  return () => {
    throw new Error(
      `\`${name}()\` of next/navigation was called in a route, where no component is rendered.`,
    )
  }
}

export const useParams = hook('useParams')
export const usePathname = hook('usePathname')
export const useRouter = hook('useRouter')
export const useSearchParams = hook('useSearchParams')
export const useSelectedLayoutSegment = hook('useSelectedLayoutSegment')
export const useSelectedLayoutSegments = hook('useSelectedLayoutSegments')
export const useServerInsertedHTML = hook('useServerInsertedHTML')
/** A React context without a value. */
export const ServerInsertedHTMLContext = null

/** Read-only search parameters. */
export class ReadonlyURLSearchParams extends URLSearchParams {
  override append(): never {
    rejectChange()
  }

  override delete(): never {
    rejectChange()
  }

  override set(): never {
    rejectChange()
  }

  override sort(): never {
    rejectChange()
  }
}

function requireAuthInterrupts(name: string): void {
  const experimental =
    currentContext()?.invocation.target.generation.manifest.config['experimental']
  if ((experimental as { authInterrupts?: boolean } | undefined)?.authInterrupts === true) return
  throw new Error(
    `\`${name}()\` is experimental and only allowed to be enabled when \`experimental.authInterrupts\` is enabled.`,
  )
}

function rejectChange(): never {
  throw new Error(
    'Method unavailable on `ReadonlyURLSearchParams`. Read more: https://nextjs.org/docs/app/api-reference/functions/use-search-params#updating-searchparams',
  )
}

export default {
  ReadonlyURLSearchParams,
  RedirectType,
  ServerInsertedHTMLContext,
  forbidden,
  notFound,
  permanentRedirect,
  redirect,
  unauthorized,
  unstable_isUnrecognizedActionError,
  unstable_rethrow,
  useParams,
  usePathname,
  useRouter,
  useSearchParams,
  useSelectedLayoutSegment,
  useSelectedLayoutSegments,
  useServerInsertedHTML,
}
