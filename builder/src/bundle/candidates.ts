/**
 * Selects the routes whose `GET` may be evaluated at build time, as far as the sources tell.
 */
import { isMetadataPath } from '../../../runtime/node/src/prerender/metadata_path.ts'
import type { ProjectConfig } from '../config/normalise.ts'

/** What is known of a route before it runs. */
export interface KnownRoute {
  readonly path: string
  /** Set for `app` routes; null if only running the module can tell, and for other routes. */
  readonly methods: readonly string[] | null
  readonly options: Readonly<Record<string, unknown>>
  /** As in the manifest: the engine that compiled the route. */
  readonly engine?: 'next'
}

/** Whether the route must be evaluated; its behaviour when it runs decides whether it is static. */
export function mayBeStatic(
  { path, methods, options, engine }: KnownRoute,
  config: Partial<Pick<ProjectConfig, 'cacheComponents'>>,
): boolean {
  // `next build` evaluates the routes that it compiles.
  if (engine === 'next') return false
  if (
    methods === null ||
    !methods.includes('GET') ||
    methods.some((name) => name !== 'GET' && name !== 'HEAD')
  )
    return false
  const { dynamic, revalidate, runtime, generateStaticParams } = options
  if (dynamic === 'force-dynamic' || runtime === 'edge' || runtime === 'experimental-edge')
    return false
  if (config.cacheComponents === true || generateStaticParams === true || isMetadataPath(path))
    return true
  return (
    dynamic === 'force-static' ||
    dynamic === 'error' ||
    revalidate === false ||
    (typeof revalidate === 'number' && revalidate > 0)
  )
}

const excluded = ['dynamic', 'dynamicParams', 'fetchCache', 'revalidate', 'runtime']

/**
 * Returns errors, with Next.js's messages, for route options of caching that `cacheComponents` does
 * not allow.
 */
export function incompatibleOptions(
  outputs: Readonly<Record<string, Omit<KnownRoute, 'path'>>>,
  config: Partial<Pick<ProjectConfig, 'cacheComponents'>>,
): string[] {
  if (config.cacheComponents !== true) return []
  return Object.entries(outputs).flatMap(([file, { methods, options }]) =>
    excluded
      .filter((name) => methods !== null && name in options)
      .map(
        (name) =>
          `${file}: Route segment config "${name}" is not compatible with \`nextConfig.cacheComponents\`. Please remove it.`,
      ),
  )
}
