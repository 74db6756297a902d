/**
 * Provides the manifests of protocol/manifests, with which writer and readers are tested: the
 * builder must write them, and the server and the workers must read them. To regenerate them: `node
 * builder/test/support/manifests.ts`.
 */
import { writeFileSync } from 'node:fs'
import type { PageRoute, PagesOutput } from '../../src/bundle/types.ts'
import { defaultConfig, normaliseConfig } from '../../src/config/normalise.ts'
import {
  manifestOf,
  withStaticResponses,
  type BuildTarget,
  type Manifest,
} from '../../src/manifest/manifest.ts'
import { manifestText } from '../../src/manifest/write.ts'
import { compileMatchers } from '../../src/proxy/matchers.ts'
import { loadRules } from '../../src/rules/rules.ts'

/** The folder with the manifests. */
export const folder = new URL('../../../protocol/manifests/', import.meta.url)

const builtAt = 1_790_000_000_000

/** Pages of both routers, and the one for paths that match no route. */
const pages: PagesOutput = {
  buildId: 'of next',
  notFound: 2,
  prerendered: [
    {
      route: 0,
      parameters: 'first',
      variant: 'segment:/_tree',
      status: 200,
      fields: 'x-millrace-revalidate: false\r\n',
      body: 'next/server/first.segment.rsc',
    },
  ],
  interceptions: [],
  routes: [
    {
      ...pageRoute(
        '/blog/[slug]',
        'app-page',
        'app/blog/[slug]/page.tsx',
        'next/server/app/blog/page.js',
        [{ name: 'slug', kind: 'single' }],
      ),
      actions: true,
      cached: { dynamicParams: true, fallback: true, partial: true },
    },
    pageRoute('/about', 'page', 'pages/about.tsx', 'next/server/pages/about.html'),
    pageRoute('/_not-found', 'app-page', 'node_modules/next', 'next/server/app/not-found.js'),
    {
      ...pageRoute('/_next/image', 'page', 'node_modules/next', 'next/images-manifest.json'),
      kind: 'image',
    },
  ],
  images: {
    enabled: true,
    sizes: [640, 16],
    qualities: [75],
    local_patterns: [{ pathname: '^(?:\\/assets\\/.*)$', search: '' }],
    remote_patterns: [
      { protocol: 'https', hostname: '^(?:a\\.example)$', port: '', pathname: '^(?:.*)$' },
    ],
    domains: ['b.example'],
  },
}

function pageRoute(
  path: string,
  kind: PageRoute['kind'],
  file: string,
  module: string,
  parameters: PageRoute['parameters'] = [],
): PageRoute {
  return { path, kind, file, parameters, module, methods: null, options: {}, engine: 'next' }
}

/** Returns the manifest of an empty project: every value is a default. */
function plain(): Manifest {
  return manifestOf({
    target: {
      outdir: '/project/.millrace/builds/1-plain',
      manifest: '/project/.millrace/builds/1-plain/manifest.json',
      buildId: 'plain',
      mode: 'production',
      generator: 'millrace test',
    },
    config: defaultConfig(),
    rules: null,
    routes: [],
    built: { outputs: {}, middleware: null, instrumentation: null, memory_state: [] },
    builtAt,
  })
}

const exported = {
  basePath: '/docs',
  trailingSlash: true,
  skipTrailingSlashRedirect: true,
  compress: false,
  generateEtags: false,
  cacheMaxMemorySize: 1024,
  pageExtensions: ['ts'],
  allowedDevOrigins: ['*.example.com'],
  i18n: {
    locales: ['en', 'de'],
    defaultLocale: 'en',
    domains: [{ domain: 'example.de', defaultLocale: 'de' }],
  },
  experimental: { proxyTimeout: 1500, proxyClientMaxBodySize: '2mb' },
  watchOptions: { pollIntervalMs: 250 },
  headers: () => [
    {
      source: '/h/:id',
      has: [{ type: 'header', key: 'x-a', value: '1' }],
      missing: [{ type: 'host', value: 'example.org' }],
      headers: [{ key: 'x-id', value: ':id' }],
    },
  ],
  redirects: () => [{ source: '/old/:path*', destination: '/new/:path*', permanent: true }],
  rewrites: () => ({
    beforeFiles: [{ source: '/before', destination: '/api/a?b=1' }],
    afterFiles: [{ source: '/after/:n', destination: '/api/:n' }],
    fallback: [{ source: '/:all*', destination: 'https://example.com:8443/:all*' }],
  }),
}

/** Returns the manifest of a project that uses every member. */
async function full(mode: BuildTarget['mode']): Promise<Manifest> {
  const config = normaliseConfig(exported)
  const target: BuildTarget = {
    outdir: '/project/.millrace/builds/2-full',
    manifest: '/project/.millrace/builds/manifest.json',
    buildId: 'full',
    mode,
    generator: 'millrace test',
  }
  const options = { size: 1, methods: ['GET', 'POST'] }
  const manifest = manifestOf({
    target,
    config,
    rules: await loadRules(exported, config),
    routes: [
      {
        path: '/api/users/[id]',
        kind: 'pages',
        file: 'pages/api/users/[id].ts',
        parameters: [{ name: 'id', kind: 'single' }],
      },
      {
        path: '/list/[kind]/[...names]',
        kind: 'app',
        file: 'app/list/[kind]/[...names]/route.ts',
        parameters: [
          { name: 'kind', kind: 'single' },
          { name: 'names', kind: 'catch-all' },
        ],
      },
      {
        path: '/other/[[...rest]]',
        kind: 'app',
        file: 'app/other/[[...rest]]/route.cpp',
        parameters: [{ name: 'rest', kind: 'optional-catch-all' }],
      },
    ],
    built: {
      outputs: {
        'pages/api/users/[id].ts': {
          module: 'routes/pages/api/users/[id].mjs',
          ...options,
          methods: null,
          options: { api: { bodyParser: { sizeLimit: '2mb' } }, maxDuration: 2.5 },
          ...(mode === 'development' ? { engine: 'next' as const } : {}),
        },
        'app/list/[kind]/[...names]/route.ts': {
          module: 'routes/app/list/[kind]/[...names]/route.mjs',
          ...options,
          options: { revalidate: 60 },
        },
        'app/other/[[...rest]]/route.cpp': { module: 'native/other.so', ...options, options: {} },
      },
      middleware: {
        file: 'proxy.ts',
        module: 'routes/proxy.mjs',
        runtime: 'nodejs',
        matchers: compileMatchers(
          [{ source: '/a/:id', missing: [{ type: 'cookie', key: 'c' }] }],
          config,
        ),
      },
      instrumentation: {
        file: 'instrumentation.ts',
        module: 'next/instrumentation.js',
        engine: 'next',
      },
      memory_state: [
        { file: 'lib/bus.ts', line: 3, name: 'bus', routes: ['pages/api/users/[id].ts'] },
      ],
      ...(mode === 'development'
        ? { next_dev: 'http://127.0.0.1:4000', next_dev_pages: true }
        : { pages }),
    },
    builtAt,
  })
  if (mode === 'development') return manifest
  return withStaticResponses(manifest, target, {
    cached: { 1: { dynamicParams: false } },
    prerendered: [
      {
        route: 1,
        parameters: 'a b%20c/d',
        status: 200,
        fields: 'content-type: text/plain\r\n',
        body: 'prerendered/0.body',
      },
    ],
  })
}

/** Returns the texts by the file's name. */
export async function manifestTexts(): Promise<Record<string, string>> {
  return {
    'plain.json': manifestText(plain()),
    'full.json': manifestText(await full('production')),
    'development.json': manifestText(await full('development')),
  }
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(await manifestTexts()))
    writeFileSync(new URL(name, folder), text)
}
