/**
 * What a configuration asks for and does not get: names that Next.js does not know either, and
 * options that would change what routes answer or print, but have no effect here. To pass over them
 * in silence would be wrong.
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

/** Options of Next.js for routes that have no effect, and what there is instead. */
const withoutEffect: Readonly<Record<string, string>> = {
  cacheHandler: 'the server keeps what is cached (docs/caching.md)',
  cacheHandlers: 'the server keeps what is cached (docs/caching.md)',
  exportPathMap: 'nothing is exported',
  logging: 'docs/development-server.md says what is printed',
  'experimental.caseSensitiveRoutes': 'sources of rules are compared without case',
}

/**
 * `output: 'export'` makes files that need no server: Next.js's own refuses to start with it.
 * @throws Error in production, where nothing of it could be served.
 */
export function refuseExport(exported: object, mode: Mode): void {
  if (mode !== 'production' || (exported as { output?: unknown }).output !== 'export') return
  throw new Error(
    `output: "export" makes a folder of files, and "millrace start" serves routes, as "next start" does not work with it either. Remove it, or keep "next build" and serve out/ with any file server.`,
  )
}

/**
 * Warnings that name what nobody knows, and what has no effect; `exported` is the configuration as
 * evaluated.
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
      : [`${name}: unknown, and without effect: ${unknown.join(', ')}.`]),
    ...idle.map(([option, instead]) => `${name}: ${option} has no effect here: ${instead}.`),
  ]
}

function isGiven(exported: object, option: string): boolean {
  let value: unknown = exported
  for (const key of option.split('.'))
    value = (value as Record<string, unknown> | null | undefined)?.[key]
  return value !== undefined && value !== null && value !== false
}
