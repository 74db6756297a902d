import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Commands } from '../src/commands.ts'
import { normaliseConfig } from '../src/config/normalise.ts'
import { type Files, Project } from './support/project.ts'

async function configOf(t: import('node:test').TestContext, files: Files, options: object = {}) {
  const project = new Project(t, files)
  const reply = await new Commands().run({
    id: 1,
    command: 'config',
    root: project.root,
    mode: 'development',
    env: {},
    ...options,
  })
  return { ...reply, project } as unknown as {
    config: Record<string, unknown>
    errors: string[]
    inputs: string[]
    project: Project
  }
}

test('without a file the configuration is the default', async (t) => {
  const { config } = await configOf(t, {})
  assert.equal(config['basePath'], '')
  assert.deepEqual(config['pageExtensions'], ['tsx', 'ts', 'jsx', 'js'])
})

for (const [name, text] of Object.entries({
  'next.config.js': "module.exports = { basePath: '/x' }",
  'next.config.mjs': "export default { basePath: '/x' }",
  'next.config.cjs': "module.exports = { basePath: '/x' }",
  'next.config.ts':
    "import type { NextConfig } from 'next'\nconst c: NextConfig = { basePath: '/x' }\nexport default c",
})) {
  test(`${name} is read`, async (t) => {
    const { config, inputs, project } = await configOf(t, { [name]: text })
    assert.equal(config['basePath'], '/x')
    assert.deepEqual(inputs, [name])
    assert.deepEqual(readdirSync(join(project.root, '.millrace/cache')), [])
  })
}

test('a function receives phase and defaults; it can be async, wrapped, and read the environment', async (t) => {
  const files = {
    'config/wrap.ts':
      'export const wrap = (config: object) => ({ ...config, trailingSlash: true })',
    'next.config.ts': `
      import { PHASE_DEVELOPMENT_SERVER } from 'next/constants'
      import { wrap } from './config/wrap'
      export default async (phase: string, { defaultConfig }: { defaultConfig: { distDir: string } }) =>
        wrap({ env: { DEV: phase === PHASE_DEVELOPMENT_SERVER, DIR: defaultConfig.distDir, V: process.env.V } })`,
  }
  const { config, inputs } = await configOf(t, files, { env: { V: 'v' } })
  assert.deepEqual(config['env'], { DEV: 'true', DIR: '.next', V: 'v' })
  assert.equal(config['trailingSlash'], true)
  assert.deepEqual(inputs, ['config/wrap.ts', 'next.config.ts'])
  const production = await configOf(t, files, { mode: 'production' })
  assert.equal((production.config['env'] as Record<string, string>)['DEV'], 'false')
})

test('values without a JSON form are left out', async (t) => {
  const { config } = await configOf(t, {
    'next.config.mjs':
      'export default { webpack() {}, re: /x/, experimental: { a: 1, b: undefined, c: [1, () => 1] } }',
  })
  assert.ok(!('webpack' in config))
  assert.deepEqual(config['experimental'], { a: 1, c: [1, null] })
})

test('webpack() is run by the project with its own flag, or reported', async (t) => {
  const use = async (build: string, rest = '') => {
    const { config, warnings } = (await configOf(t, {
      'package.json': { scripts: { build } },
      'next.config.mjs': `export default { webpack: (config) => config, ${rest} }`,
    })) as unknown as { config: { compiledByWebpackOf?: string }; warnings: string[] }
    return [config.compiledByWebpackOf, warnings.length] as const
  }
  assert.deepEqual(await use('prisma generate && next build --webpack'), ['next.config.mjs', 0])
  assert.deepEqual(await use('next build'), [undefined, 1])
  assert.deepEqual(await use('next build --turbopack'), [undefined, 0])
  assert.deepEqual(await use('next build', 'turbopack: {}'), [undefined, 0])
  assert.deepEqual(await use('next build', 'experimental: { turbo: {} }'), [undefined, 0])
})

test('keys without effect are reported in one line', async (t) => {
  const { warnings } = (await configOf(t, {
    'next.config.mjs':
      'export default { compres: true, redirects: async () => [], lodash: 1, reactStrictMode: true, experimental: { ppr: true, pppr: 1 } }',
  })) as unknown as { warnings: string[] }
  assert.deepEqual(warnings, [
    'next.config.mjs: unknown keys, without effect: compres, lodash, experimental.pppr.',
  ])
})

test('options that Next.js has for routes and that have no effect are named', async (t) => {
  const { warnings } = (await configOf(t, {
    'next.config.mjs':
      "export default { cacheHandler: './handler.js', logging: { fetches: {} }, exportPathMap: null, experimental: { caseSensitiveRoutes: true } }",
  })) as unknown as { warnings: string[] }
  assert.deepEqual(warnings, [
    'next.config.mjs: cacheHandler has no effect here: the server stores the caches (docs/caching.md).',
    'next.config.mjs: logging has no effect here: see docs/development-server.md for the output.',
    'next.config.mjs: experimental.caseSensitiveRoutes has no effect here: the sources of rules match case-insensitively.',
  ])
})

test("output: 'export' is refused for production, as next start does", async (t) => {
  const files = { 'next.config.mjs': "export default { output: 'export' }" }
  const { errors } = (await configOf(t, files, { mode: 'production' })) as unknown as {
    errors: string[]
  }
  assert.match(
    errors[0] ?? '',
    /^next\.config\.mjs: output: "export" creates a folder of static files/,
  )
  assert.equal(((await configOf(t, files)) as unknown as { errors?: string[] }).errors, undefined)
  assert.equal(
    (
      (await configOf(
        t,
        { 'next.config.mjs': "export default { output: 'standalone' }" },
        { mode: 'production' },
      )) as unknown as { errors?: string[] }
    ).errors,
    undefined,
  )
})

test('basePath is validated as in the server', async () => {
  const file = new URL('../../protocol/cases/base_paths.json', import.meta.url)
  const cases = JSON.parse(readFileSync(file, 'utf8')) as Record<'fit' | 'do not fit', string[]>
  for (const basePath of cases.fit)
    assert.equal(normaliseConfig({ basePath }).basePath, basePath, basePath)
  for (const basePath of [...cases['do not fit'], 1, null, ['/a']])
    assert.throws(
      () => normaliseConfig({ basePath }),
      /^Error: basePath: expected/,
      String(basePath),
    )
})

test('rules are compiled with basePath and locales', async (t) => {
  const { rules } = (await configOf(t, {
    'next.config.mjs': `export default {
      basePath: '/docs',
      i18n: { locales: ['en', 'de'], defaultLocale: 'en' },
      redirects: async () => [
        { source: '/a/:id', destination: '/b/:id', permanent: true },
        { source: '/c', destination: 'https://example.com:8443/x?y=:z', statusCode: 303, basePath: false, locale: false },
      ],
      rewrites: async () => [{ source: '/r/:path*', has: [{ type: 'query', key: 'q' }], destination: '/s/:path*' }],
      headers: async () => [{ source: '/h', locale: false, headers: [{ key: 'a', value: 'b' }] }],
    }`,
  })) as unknown as { rules: import('../src/rules/rules.ts').CompiledRules }
  assert.deepEqual(
    rules.redirects.map(({ source, statusCode }) => [source, statusCode]),
    [
      ['/docs/en/a/:id', 308],
      ['/docs/:nextInternalLocale(en|de)/a/:id', 308],
      ['/c', 303],
    ],
  )
  assert.deepEqual(rules.redirects[2]!.destination, {
    protocol: 'https:',
    host: [{ text: 'example.com' }],
    port: '8443',
    path: [{ text: '/x' }],
    query: [{ name: 'y', values: [':z'] }],
  })
  assert.match('/docs/de/r/1/2/', new RegExp(rules.rewrites.afterFiles[0]!.regex))
  assert.deepEqual(rules.rewrites.afterFiles[0]!.keys, [
    { name: 'nextInternalLocale' },
    { name: 'path', repeats: true, separator: '/' },
  ])
  assert.equal(rules.headers[0]!.source, '/docs/h')
})

for (const [what, rules, expected] of [
  ['no array', 'redirects: async () => ({})', /redirects must return an array, received object/],
  [
    'no status',
    "redirects: () => [{ source: '/a', destination: '/b' }]",
    /`permanent` is not set to `true` or `false`/,
  ],
  [
    'a wrong status',
    "redirects: () => [{ source: '/a', destination: '/b', statusCode: 200 }]",
    /`statusCode` is not undefined or valid/,
  ],
  [
    'no slash',
    "rewrites: () => [{ source: 'a', destination: '/b' }]",
    /`source` does not start with \//,
  ],
  [
    'a wrong source',
    "rewrites: () => [{ source: '/a(', destination: '/b' }]",
    /`source` parse failed/,
  ],
  [
    'an unknown parameter',
    "rewrites: () => [{ source: '/a', destination: '/b/:id' }]",
    /segments not in `source` or `has` \(id\)/,
  ],
  [
    'an unknown field',
    "headers: () => [{ source: '/a', headers: [{ key: 'a', value: 'b' }], to: 1 }]",
    /invalid field: to/,
  ],
  [
    'an invalid condition',
    "headers: () => [{ source: '/a', has: [{ type: 'host' }], headers: [{ key: 'a', value: 'b' }] }]",
    /value is required for "host" type/,
  ],
  [
    'a rewrite out of basePath',
    "basePath: '/x', rewrites: () => [{ source: '/a', destination: '/b', basePath: false }]",
    /rewrites urls outside of the basePath/,
  ],
] as const) {
  test(`a rule with ${what} fails the build with Next.js's message`, async (t) => {
    const { errors } = await configOf(t, { 'next.config.mjs': `export default { ${rules} }` })
    assert.match(errors[0]!, /^next\.config\.mjs: /)
    assert.match(errors[0]!, expected)
  })
}

test('the default locale comes first, profiles extend the defaults, and the older name of an option applies', async (t) => {
  const { config } = await configOf(t, {
    'next.config.mjs': `export default {
      i18n: { locales: ['en', 'fr'], defaultLocale: 'fr' },
      cacheLife: { blog: { revalidate: 9 } },
      skipMiddlewareUrlNormalize: true,
    }`,
  })
  assert.deepEqual(config['i18n'], { locales: ['fr', 'en'], defaultLocale: 'fr' })
  const profiles = config['cacheLife'] as Record<string, object>
  assert.deepEqual(profiles['blog'], { revalidate: 9 })
  assert.deepEqual(profiles['seconds'], { stale: 30, revalidate: 1, expire: 60 })
  assert.equal(config['skipProxyUrlNormalize'], true)
})

test('the next evaluation in the same process sees an edit', async (t) => {
  const project = new Project(t, {
    'next.config.mjs': "export { default } from './other.mjs'",
    'other.mjs': "export default { basePath: '/a' }",
  })
  const commands = new Commands()
  const evaluate = async () =>
    (
      (
        await commands.run({
          id: 1,
          command: 'config',
          root: project.root,
          mode: 'production',
          env: {},
        })
      )['config'] as { basePath: string }
    ).basePath
  assert.equal(await evaluate(), '/a')
  project.write({ 'other.mjs': "export default { basePath: '/b' }" })
  assert.equal(await evaluate(), '/b')
})

for (const [what, text, expected] of [
  [
    'a wrong basePath',
    "export default { basePath: 'x/' }",
    /^next\.config\.mjs: basePath: expected .*, found "x\/"/,
  ],
  [
    'an empty pageExtensions',
    'export default { pageExtensions: [] }',
    /pageExtensions: expected at least one/,
  ],
  ['a reserved name in env', "export default { env: { NODE_ENV: 'x' } }", /env\.NODE_ENV/],
  [
    'a locale that is none of the list',
    "export default { i18n: { locales: ['en'], defaultLocale: 'fr' } }",
    /i18n\.defaultLocale should be included/,
  ],
  [
    'a locale twice',
    "export default { i18n: { locales: ['en', 'EN'], defaultLocale: 'en' } }",
    /duplicate locales:\nEN/,
  ],
  [
    'an invalid domain',
    "export default { i18n: { locales: ['en'], defaultLocale: 'en', domains: [{ domain: 'a:1', defaultLocale: 'en' }] } }",
    /Invalid i18n\.domains values/,
  ],
  [
    'an invalid redirect',
    'export default { redirects: () => [{ source: "/a", destination: "/b" }] }',
    /^next\.config\.mjs: .*`permanent` is not set to `true` or `false` for route/s,
  ],
  ['no export', 'export const a = 1', /it exports no configuration/],
  [
    'a string',
    "export default 'x'",
    /expected an object, or a function that returns one; found string/,
  ],
  ['a function without a result', 'export default () => {}', /its function returned nothing/],
  [
    'a syntax error',
    'export default {',
    /^next\.config\.mjs cannot be compiled:.*next\.config\.mjs:1:16/s,
  ],
  ['an error thrown', "throw new Error('no DATABASE_URL')", /^next\.config\.mjs: no DATABASE_URL/],
] as const) {
  test(`${what} is an error that names the file`, async (t) => {
    const { errors, config } = await configOf(t, { 'next.config.mjs': text })
    assert.equal(config, undefined)
    assert.match(errors[0]!, expected)
  })
}
