/**
 * What a configuration asks for and does not get: names that Next.js does not know either. To pass over
 * them in silence would be wrong.
 */
/** The names of Next.js 16's NextConfig, also those that concern pages only. */
const known = new Set(
  `adapterPath agentRules allowedDevOrigins assetPrefix basePath bundlePagesRouterDependencies cacheComponents
  cacheHandler cacheHandlers cacheLife cacheMaxMemorySize cleanDistDir compiler compress configOrigin crossOrigin
  deprecated deploymentId supportsImmutableAssets outputHashSalt devIndicators distDir env enablePrerenderSourceMaps
  excludeDefaultMomentLocales experimental exportPathMap generateBuildId generateEtags headers htmlLimitedBots
  httpAgentOptions i18n images logging modularizeImports onDemandEntries output outputFileTracingRoot
  outputFileTracingExcludes outputFileTracingIncludes page pageExtensions instrumentationClientInject
  partialPrefetching poweredByHeader productionBrowserSourceMaps reactCompiler reactProductionProfiling
  reactStrictMode reactMaxHeadersLength redirects rewrites sassOptions serverExternalPackages
  skipMiddlewareUrlNormalize skipProxyUrlNormalize skipTrailingSlashRedirect staticPageGenerationTimeout expireTime
  target trailingSlash transpilePackages turbopack typescript typedRoutes useFileSystemPublicRoutes webpack
  watchOptions eslint`.split(/\s+/),
)

/** A warning for each kind; `exported` is the configuration as evaluated. */
export function unsupportedOf(name: string, exported: object): string[] {
  const unknown = Object.keys(exported).filter((key) => !known.has(key))
  return unknown.length === 0 ? [] : [`${name}: unknown, and without effect: ${unknown.join(', ')}.`]
}
