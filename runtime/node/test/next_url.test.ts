/** Compares `NextURL` with Next.js's own for paths, configurations and changes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

// CommonJS without types.
import theirs from 'next/dist/server/web/next-url.js'
import { NextURL, type NextUrlOptions } from '../src/web/next_url.ts'

const { NextURL: Oracle } = theirs as unknown as { NextURL: typeof NextURL }
const i18n = { locales: ['en', 'de'], defaultLocale: 'en' }
const configs: readonly NextUrlOptions['nextConfig'][] = [
  {},
  { i18n },
  { basePath: '/base' },
  { trailingSlash: true },
  { i18n, basePath: '/base', trailingSlash: true },
] // prettier-ignore
const paths = [
  '/',
  '/a',
  '/a/',
  '/de',
  '/de/a',
  '/en/a',
  '/api/x',
  '/base',
  '/base/de/a?q=1#h',
  '/_next/data/b1/index.json',
  '/_next/data/b1/a/b.json',
  '/_next/data/b1/de/a.json',
  '/_next/data/b1/de.json',
  '/_next/data/b1/en.json',
  '/_next/data/b1/en/index.json',
  '/_next/data/b1.json',
  '/base/_next/data/b1/x.json?q=1',
  '/_next/data/b1/x',
  '/_next/data/b1/api/x.json',
  '/_next/data/.json',
] // prettier-ignore

function seen(Class: typeof NextURL, path: string, options: NextUrlOptions): unknown {
  const url = new Class(`http://host.example${path}`, options)
  const about = (): unknown[] => [
    url.href,
    url.pathname,
    url.buildId,
    url.locale,
    url.basePath,
    url.clone().href,
  ]
  const before = about()
  url.buildId = 'other'
  const renamed = about()
  url.buildId = undefined
  url.pathname = '/elsewhere'
  return [before, renamed, about()]
}

for (const nextConfig of configs) {
  for (const forceLocale of [false, true]) {
    test(`NextURL with ${JSON.stringify(nextConfig)}${forceLocale ? ' and forceLocale' : ''}`, () => {
      for (const path of paths) {
        assert.deepEqual(
          seen(NextURL, path, { nextConfig, forceLocale }),
          seen(Oracle, path, { nextConfig, forceLocale }),
          path,
        )
      }
    })
  }
}
