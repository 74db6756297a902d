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

/** The names of its `experimental`, with those that have become others'. */
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

/** A warning that names what nobody knows; `exported` is the configuration as evaluated. */
export function unsupportedOf(name: string, exported: object): string[] {
  const { experimental } = exported as { experimental?: object | null }
  const unknown = [
    ...Object.keys(exported).filter((key) => !known.has(key)),
    ...Object.keys(experimental ?? {}).flatMap((key) => (knownExperiments.has(key) ? [] : [`experimental.${key}`])),
  ]
  return unknown.length === 0 ? [] : [`${name}: unknown, and without effect: ${unknown.join(', ')}.`]
}
