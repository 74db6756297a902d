/**
 * Warns about settings of a configuration that have no effect: names that Next.js does not know
 * either, and options that would change what routes return or print.
 */
import type { Mode } from '../base/phases.ts'

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

/** The names of its `experimental`, including former names. */
const knownExperiments = new Set(
  `after agentFeedback agentUpgrade allowDevelopmentBuild allowedRevalidateHeaderKeys appNavFailHandling
  authInterrupts blockingSSR browserDebugInfoInTerminal cacheComponents cacheHandlers cacheLife cachedNavigations
  caseSensitiveRoutes clientParamParsingOrigins clientRouterFilter clientRouterFilterAllowedRate
  clientRouterFilterRedirects clientTraceMetadata coldCacheBadge collapseAdapterRoutes concurrentRouterQueue cpus
  craCompat cssChunking defaultTestRunner deferredEntries devMemoryThresholdRestart devValidationWorker
  disableOptimizedLoading disablePostcssPresetEnv disableResumeDataCacheCompression durableUseCacheEntries
  dynamicOnHover esmExternals explicitParallelRouteChildren exposeRuntimeErrorsToHMR
  exposeTestingApiInProductionBuild extensionAlias externalDir externalMiddlewareRewritesResolve
  externalProxyRewritesResolve fallbackNodePolyfills fetchCacheKeyPrefix forceSwcTransforms fullySpecified
  gestureTransition globalNotFound gzipSize hideLogsAfterAbort imgOptConcurrency imgOptMaxInputPixels
  imgOptMozjpeg imgOptOperationCache imgOptSequentialRead imgOptTimeoutInSeconds inlineCss instantInsights
  instrumentationClientRouterTransitionEvents isrFlushToDisk largePageDataBytes lightningCssFeatures
  linkNoTouchStart lockDistDir manualClientBasePath maxPostponedStateSize mcpServer mdxRs memoryBasedWorkersCount
  middlewareClientMaxBodySize middlewarePrefetch multiZoneDraftMode nextScriptWorkers onBeforeDeferredEntries
  optimisticClientCache optimisticRouting optimizeCss optimizePackageImports optimizeServerReact outputHashSalt
  parallelRouteMetadata parallelServerBuildTraces parallelServerCompiles ppr prefetchInlining
  preloadEntriesOnStart prerenderEarlyExit proxyClientMaxBodySize proxyPrefetch proxyTimeout reactBrowserBailout
  reactDebugChannel removeUncaughtErrorAndRejectionListeners reportSystemEnvInlining requestInsights rootParams
  runtimeServerDeploymentId scrollRestoration serverActions serverComponentsHmrCache
  serverComponentsHmrCancellation serverMinification serverSourceMaps slowModuleDetection sri staleTimes
  staticGenerationMaxConcurrency staticGenerationMinPagesPerWorker staticGenerationRetryCount strictRouteMatching
  strictRouteTypes supportsImmutableAssets swcEnvOptions swcPlugins swcTraceProfiling taint testProxy
  transitionIndicator turbopackAdditionalRoots turbopackChunking turbopackCjsScopeHoisting turbopackCjsTreeShaking
  turbopackClientSideNestedAsyncChunking turbopackCrossModuleConstants turbopackFileSystemCacheForBuild
  turbopackFileSystemCacheForDev turbopackGc turbopackImportTypeBytes turbopackInferModuleSideEffects
  turbopackInputSourceMaps turbopackLazyDynamicImports turbopackLazyDynamicImportsSSR turbopackLocalPostcssConfig
  turbopackMangleExportNames turbopackMangleViaMaterializedNamespaceObject turbopackMemoryEviction turbopackMinify
  turbopackModuleFragments turbopackModuleIds turbopackPluginRuntimeStrategy turbopackRemoveUnusedExports
  turbopackRemoveUnusedImports turbopackRustReactCompiler turbopackScopeHoisting turbopackSeedCacheFromWorktree
  turbopackServerFastRefresh turbopackServerSideNestedAsyncChunking turbopackSharedRuntime turbopackSourceMaps
  turbopackStaleOutputMaxAge turbopackUseBuiltinBabel turbopackUseBuiltinSass turbopackWorkerAssetPrefix typedEnv
  typedRoutes urlImports useCache useCacheStaticRootParamTracking useCacheTimeout useLightningcss useOffline
  useSkewCookie useTypeScriptCli useWasmBinary validateRSCRequestHeaders varyParams webVitalsAttribution
  webpackBuildWorker webpackMemoryOptimizations workerThreads
  dynamicIO serverComponentsExternalPackages turbo`.split(/\s+/),
)

/** Options of Next.js that affect routes but have no effect here, with what applies instead. */
const withoutEffect: Readonly<Record<string, string>> = {
  cacheHandler: 'the server stores the caches (docs/caching.md)',
  cacheHandlers: 'the server stores the caches (docs/caching.md)',
  exportPathMap: 'there is no export',
  logging: 'see docs/development-server.md for the output',
  'experimental.caseSensitiveRoutes': 'the sources of rules match case-insensitively',
}

/**
 * Rejects `output: 'export'`, which creates files that need no server: `next start` refuses to
 * start with it too.
 * @throws Error in production, where nothing could be served.
 */
export function refuseExport(exported: object, mode: Mode): void {
  if (mode !== 'production' || (exported as { output?: unknown }).output !== 'export') return
  throw new Error(
    `output: "export" creates a folder of static files, which "millrace start" cannot serve, as "next start" cannot. Remove it, or use "next build" and serve out/ with any file server.`,
  )
}

/**
 * Returns warnings about unknown names and options without effect; `exported` is the configuration
 * as evaluated.
 */
export function unsupportedOf(name: string, exported: object): string[] {
  const { experimental } = exported as { experimental?: object | null }
  const unknown = [
    ...Object.keys(exported).filter((key) => !known.has(key)),
    ...Object.keys(experimental ?? {}).flatMap((key) =>
      knownExperiments.has(key) ? [] : [`experimental.${key}`],
    ),
  ]
  const idle = Object.entries(withoutEffect).filter(([option]) => isGiven(exported, option))
  return [
    ...(unknown.length === 0
      ? []
      : [`${name}: unknown keys, without effect: ${unknown.join(', ')}.`]),
    ...idle.map(([option, instead]) => `${name}: ${option} has no effect here: ${instead}.`),
  ]
}

function isGiven(exported: object, option: string): boolean {
  let value: unknown = exported
  for (const key of option.split('.'))
    value = (value as Record<string, unknown> | null | undefined)?.[key]
  return value !== undefined && value !== null && value !== false
}
