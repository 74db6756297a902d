/**
 * Writes image_cases.json, which the unit tests read: what Next.js's own image optimiser says to
 * the queries below, under each of the configurations below. Run it from the repository after `npm
 * ci`: `node src/routing/image_cases.mjs`.
 */
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const { ImageOptimizerCache } = require('next/dist/server/image-optimizer')
const { makeRe } = require('next/dist/compiled/picomatch')
const { imageConfigDefault } = require('next/dist/shared/lib/image-config')

const configs = [
  {},
  {
    deviceSizes: [100, 640],
    imageSizes: [16],
    qualities: [50, 75],
    localPatterns: [
      { pathname: '/assets/**', search: '' },
      { pathname: '/v/*', search: '?v=1' },
    ],
    domains: ['pictures.example'],
    remotePatterns: [
      { protocol: 'https', hostname: '*.example.com', pathname: '/account/**' },
      { hostname: '**.cdn.example', port: '8443', search: '?x=1' },
      { protocol: 'http', hostname: '127.0.0.1', pathname: '/pictures/**' },
      { protocol: 'http', hostname: 'plain.example', port: '' },
    ],
  },
]

const rest = '&w=640&q=75'
const of = (url) => `url=${encodeURIComponent(url)}${rest}`

/** Queries that the server itself must decide as Next.js does. */
const certain = [
  '',
  'w=640&q=75',
  'url=&w=640&q=75',
  'url=%2Fa.png&url=%2Fb.png&w=640&q=75',
  of(`/${'a'.repeat(3071)}`),
  of(`/${'a'.repeat(3072)}`),
  of(`/${'ä'.repeat(3072)}`),
  of('//host.example/a.png'),
  of('/_next/image'),
  of('/_next/image?url=%2Fa.png&w=640&q=75'),
  of('/base/_next/image/x'),
  of('/_next/images'),
  of('/a.png'),
  of('/assets/a.png'),
  of('/assets/.hidden/a.png'),
  of('/assets/a.png?v=1'),
  of('/assets/a.png?'),
  of('/assets/a.png#part'),
  of('/assets'),
  of('/v/a?v=1'),
  of('/v/a/b?v=1'),
  of('/v/a?v=2'),
  of('a.png'),
  of('a/b:c'),
  of('1:2'),
  of('data:image/png;base64,AAAA'),
  of('ftp://host.example/a.png'),
  of('file:///etc/passwd'),
  of('javascript:alert(1)'),
  of('https://pictures.example'),
  of('https://pictures.example/any/path?with=query'),
  of('HTTPS://PICTURES.example/a.png'),
  of('https://other.example/a.png'),
  of('https://a.example.com/account/x.png'),
  of('http://a.example.com/account/x.png'),
  of('https://a.b.example.com/account/x.png'),
  of('https://example.com/account/x.png'),
  of('https://a.example.com/other/x.png'),
  of('https://a.example.com:443/account/x.png'),
  of('https://a.example.com:8443/account/x.png'),
  of('https://a.b.cdn.example:8443/x.png?x=1'),
  of('https://a.b.cdn.example:8443/x.png'),
  of('https://a.b.cdn.example/x.png?x=1'),
  of('http://127.0.0.1/pictures/x.png'),
  of('http://127.0.0.1:3000/pictures/x.png'),
  of('http://127.0.0.1/other/x.png'),
  of('http://127.0.0.2/pictures/x.png'),
  of('http://169.254.169.254/latest/meta-data/'),
  of('http://plain.example:80/x.png'),
  of('http://plain.example:81/x.png'),
  of('https://plain.example/x.png'),
  'url=%2Fassets%2Fa.png',
  'url=%2Fassets%2Fa.png&w=&q=75',
  'url=%2Fassets%2Fa.png&w=640&w=640&q=75',
  'url=%2Fassets%2Fa.png&w=abc&q=75',
  'url=%2Fassets%2Fa.png&w=-1&q=75',
  'url=%2Fassets%2Fa.png&w=1.5&q=75',
  'url=%2Fassets%2Fa.png&w=0&q=75',
  'url=%2Fassets%2Fa.png&w=641&q=75',
  'url=%2Fassets%2Fa.png&w=0640&q=75',
  'url=%2Fassets%2Fa.png&w=0641&q=75',
  'url=%2Fassets%2Fa.png&w=640',
  'url=%2Fassets%2Fa.png&w=641',
  'url=%2Fassets%2Fa.png&w=640&q=',
  'url=%2Fassets%2Fa.png&w=640&q=75&q=75',
  'url=%2Fassets%2Fa.png&w=640&q=best',
  'url=%2Fassets%2Fa.png&w=640&q=+75',
  'url=%2Fassets%2Fa.png&w=640&q=0',
  'url=%2Fassets%2Fa.png&w=640&q=101',
  'url=%2Fassets%2Fa.png&w=640&q=99999999999999999999999',
  'url=%2Fassets%2Fa.png&w=640&q=50',
  'url=%2Fassets%2Fa.png&w=640&q=075',
  'url=%2Fassets%2Fa.png&w=640&q=051',
  'url=%2Fassets%2Fa.png&w=16&q=75&more=1',
  'url=%2Fassets%2Fa.png&w=100&q=75',
  'q=75&w=640&url=/assets/a.png',
]

/** Queries that the server may leave to the optimiser; it must not decide them otherwise. */
const open = [
  of('/assets/%2e%2e/secret.png'),
  of('/assets/../secret.png'),
  of('/secret/../assets/a.png'),
  of('/assets/a b.png'),
  of('/assets/ä.png'),
  of('/_next%2Fimage'),
  of('/%5Fnext/image'),
  of('/assets/%zz'),
  of('/\\host.example/a.png'),
  of(' /assets/a.png'),
  of(' https://pictures.example/a.png'),
  of('ht\ttps://pictures.example/a.png'),
  of('https:/pictures.example/a.png'),
  of('https:\\\\pictures.example\\a.png'),
  of('https://user@pictures.example/a.png'),
  of('https://pictures.example@other.example/a.png'),
  of('https://pictures.example./a.png'),
  of('https://pictures%2Eexample/a.png'),
  of('https://xn--bcher-kva.example/a.png'),
  of('https://bücher.example/a.png'),
  of('https://[::1]/pictures/x.png'),
  of('https://pictures.example:/a.png'),
  of('https://pictures.example:0443/a.png'),
  of('https://pictures.example:99999/a.png'),
  of('https://a.example.com/other/../account/x.png'),
  of('http://0x7f.1/pictures/x.png'),
  of('http://2130706433/pictures/x.png'),
  of('http://127.1/pictures/x.png'),
  of('http://127.0.0.01/pictures/x.png'),
  of('http://127.0.0.256/pictures/x.png'),
  of('http://127.0.0.1./pictures/x.png'),
  of('https://'),
  'url=%2Fassets%2Fa.png&w=99999999999999999999&q=75',
  'url=%2Fassets%2Fa.png%E4&w=640&q=75',
  'url=%&w=640&q=75',
]

function manifestOf({
  deviceSizes,
  imageSizes,
  qualities,
  localPatterns,
  remotePatterns,
  domains,
}) {
  const regex = (glob, options) => makeRe(glob, options).source
  const path = (glob) => regex(glob ?? '**', { dot: true })
  return {
    enabled: true,
    sizes: [...deviceSizes, ...imageSizes],
    ...(qualities === undefined ? {} : { qualities }),
    ...(localPatterns === undefined
      ? {}
      : {
          local_patterns: localPatterns.map(({ pathname, search }) => ({
            pathname: path(pathname),
            search,
          })),
        }),
    remote_patterns: remotePatterns.map(({ protocol, hostname, port, pathname, search }) => ({
      protocol,
      hostname: regex(hostname),
      port,
      pathname: path(pathname),
      search,
    })),
    domains,
  }
}

/** @returns the message, null for none, "throws" where Next.js responds with 500. */
function messageOf(images, query) {
  const parameters = {}
  for (const [name, value] of new URLSearchParams(query))
    parameters[name] = name in parameters ? [parameters[name], value].flat() : value
  try {
    const result = ImageOptimizerCache.validateParams(
      { headers: {} },
      parameters,
      { images, basePath: '' },
      false,
    )
    return result.errorMessage ?? null
  } catch {
    return 'throws'
  }
}

const cases = configs.map((config) => {
  const images = { ...imageConfigDefault, ...config }
  const list = (queries, isCertain) =>
    queries.map((query) => ({ query, certain: isCertain, message: messageOf(images, query) }))
  return { images: manifestOf(images), queries: [...list(certain, true), ...list(open, false)] }
})
const file = join(dirname(fileURLToPath(import.meta.url)), 'image_cases.json')
const lines = cases.map(
  ({ images, queries }) =>
    `{"images": ${JSON.stringify(images)},\n "queries": [\n${queries
      .map((item) => `  ${JSON.stringify(item)}`)
      .join(',\n')}\n]}`,
)
writeFileSync(file, `[\n${lines.join(',\n')}\n]\n`)
