/** Which routes may have `GET`s that are evaluated at build, as far as the sources tell. */
import { isMetadataPath } from '../../../runtime/node/src/prerender/metadata_path.ts'
import type { ProjectConfig } from '../config/normalise.ts'

/** What is known of a route before it runs. */
export interface KnownRoute {
  readonly path: string
  /** Of an `app` route; null where only running the module can tell, and for others. */
  readonly methods: readonly string[] | null
  readonly options: Readonly<Record<string, unknown>>
  /** Of a manifest: who compiled it. */
  readonly engine?: 'next'
}

/** Whether the route has to be looked at; what it does when it runs decides. */
export function mayBeStatic(
  { path, methods, options, engine }: KnownRoute,
  config: Partial<Pick<ProjectConfig, 'cacheComponents'>>,
): boolean {
  // What `next build` compiles it evaluates itself.
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

/** What routes say of caching that `cacheComponents` has no place for, in Next.js's words. */
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
