/**
 * `next/navigation` for routes under Millrace: the functions that make sense on a server, and the
 * hooks of components, so that files that import both can be loaded.
 */
import { currentContext } from '../context/context.ts'
import { accessError, accessStatusOf, redirectError, redirectionOf } from '../app/signals.ts'

/**
 * How a redirection changes the browser's history; a route handler's answer is the same for both.
 */
export const RedirectType = { push: 'push', replace: 'replace' } as const
export type RedirectType = (typeof RedirectType)[keyof typeof RedirectType]

/** Answers 307. @throws always. */
export function redirect(url: string, type: RedirectType = RedirectType.replace): never {
  throw redirectError(url, type, 307)
}

/** Answers 308. @throws always. */
export function permanentRedirect(url: string, type: RedirectType = RedirectType.replace): never {
  throw redirectError(url, type, 308)
}

/** Answers 404. @throws always. */
export function notFound(): never {
  throw accessError(404)
}

/** Answers 403, where `experimental.authInterrupts` is on. @throws always. */
export function forbidden(): never {
  requireAuthInterrupts('forbidden')
  throw accessError(403)
}

/** Answers 401, where `experimental.authInterrupts` is on. @throws always. */
export function unauthorized(): never {
  requireAuthInterrupts('unauthorized')
  throw accessError(401)
}

/** Throws on what is not for a catch block of the program: the errors of the functions above. */
export function unstable_rethrow(error: unknown): void {
  if (redirectionOf(error) !== undefined || accessStatusOf(error) !== undefined) throw error
  if (error instanceof Error && error.cause !== undefined) unstable_rethrow(error.cause)
}

/** @throws Error always: it is for browsers. */
export function unstable_isUnrecognizedActionError(): never {
  throw new Error('`unstable_isUnrecognizedActionError` can only be used on the client.')
}

/**
 * What hooks of React are called outside of a component: an error, as React has it without a
 * renderer.
 */
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
/** A context of React that no component gives a value. */
export const ServerInsertedHTMLContext = null

/** Search parameters that refuse to be changed. */
export class ReadonlyURLSearchParams extends URLSearchParams {
  override append(): never {
    refuse()
  }

  override delete(): never {
    refuse()
  }

  override set(): never {
    refuse()
  }

  override sort(): never {
    refuse()
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

function refuse(): never {
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
