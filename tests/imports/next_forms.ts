/**
 * Forms that Next.js and its bundler add: its modules, assets, workers, globs, variables, packages
 * of every kind.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { everywhere, type Form, form, handlers, onNode } from './form.ts'

const word = (text: string) =>
  `export const word = '${text}'\nexport default 'default of ${text}'\n`
/** An image of one pixel. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="12" height="8"><rect width="12" height="8"/></svg>'
/** (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)) */
const wasm = Buffer.from(
  '0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b',
  'hex',
)
/** A font file from Next.js, which has the tables of a real font. */
const font = readFileSync(
  join(
    import.meta.dirname,
    '../../node_modules/next/dist/next-devtools/server/font/geist-latin.woff2',
  ),
)

const nextModules: readonly Form[] = [
  form(
    'next-server',
    everywhere,
    `import { NextResponse, NextRequest, userAgent, after, connection, URLPattern } from 'next/server'`,
    `[NextResponse, NextRequest, userAgent, after, connection, URLPattern].map((value) => typeof value)`,
  ),
  form(
    'next-server-json',
    everywhere,
    `import { NextResponse } from 'next/server'`,
    `await NextResponse.json({ a: 1 }).json()`,
  ),
  form(
    'next-headers',
    ['node', 'edge'],
    `import { cookies, headers, draftMode } from 'next/headers'`,
    `[(await cookies()).get('none') ?? null, (await headers()).get('x-none'), (await draftMode()).isEnabled]`,
  ),
  form(
    'next-navigation',
    ['node', 'edge'],
    `import { redirect, notFound, permanentRedirect, RedirectType, unstable_rethrow, ReadonlyURLSearchParams } from 'next/navigation'`,
    `[typeof redirect, typeof notFound, typeof permanentRedirect, RedirectType, typeof unstable_rethrow, typeof ReadonlyURLSearchParams]`,
  ),
  form(
    'next-cache',
    ['node'],
    `import { revalidateTag, revalidatePath, unstable_cache, unstable_noStore } from 'next/cache'`,
    `[revalidateTag, revalidatePath, unstable_cache, unstable_noStore].map((value) => typeof value)`,
  ),
  form(
    'next-root',
    handlers,
    `import type { NextApiRequest, NextConfig } from 'next'\nexport const unused: NextApiRequest | NextConfig | null = null`,
    `'types only'`,
  ),
  ...['link', 'image', 'script', 'dynamic', 'head', 'form'].map((name) =>
    form(
      `next-${name}`,
      name === 'dynamic' || name === 'link' || name === 'script' ? handlers : ['pages'],
      `import it from 'next/${name}'`,
      `typeof it === 'function' || typeof it === 'object'`,
    ),
  ),
  form(
    'next-image-props',
    handlers,
    `import { getImageProps } from 'next/image'`,
    `getImageProps({ src: '/picture.png', alt: 'a', width: 10, height: 20 }).props.width`,
  ),
  form('next-error', ['pages'], `import NextError from 'next/error'`, 'typeof NextError'),
  form('next-router', ['pages'], `import { useRouter } from 'next/router'`, 'typeof useRouter'),
  form(
    'next-compat-router',
    ['pages'],
    `import { useRouter } from 'next/compat/router'`,
    'typeof useRouter',
  ),
  form(
    'next-constants',
    handlers,
    `import { PHASE_PRODUCTION_SERVER } from 'next/constants'`,
    'PHASE_PRODUCTION_SERVER',
  ),
  form(
    'next-package',
    handlers,
    `import { version } from 'next/package.json'`,
    `version.split('.').length`,
  ),
  form(
    'next-dist',
    handlers,
    `import { isRedirectError } from 'next/dist/client/components/redirect-error'`,
    `isRedirectError(new Error('none'))`,
  ),
  {
    ...form(
      'next-font-local',
      handlers,
      `import localFont from 'next/font/local'\nconst font = localFont({ src: './font.woff2' })`,
      `[typeof font.className, typeof font.style.fontFamily]`,
      { 'font.woff2': font },
    ),
    nextOnly: true,
  },
  form('next-og', ['node'], `import { ImageResponse } from 'next/og'`, 'typeof ImageResponse'),
  form('server-only', ['node', 'edge'], `import 'server-only'`, `'only here'`),
  form(
    'react',
    handlers,
    `import React, { cache, createElement } from 'react'`,
    `[typeof React.createElement, typeof cache, createElement('p').type]`,
  ),
  form(
    'react-dom-server',
    ['pages'],
    `import { renderToStaticMarkup } from 'react-dom/server'\nimport { createElement } from 'react'`,
    `renderToStaticMarkup(createElement('p', null, 'text'))`,
  ),
  form(
    'react-dom-server-dynamic',
    handlers,
    `import { createElement } from 'react'`,
    `(await import('react-dom/server')).renderToStaticMarkup(createElement('p', null, 'text'))`,
  ),
  form('use-server', ['node'], `import { act } from './actions'`, 'typeof act', {
    'actions.ts': `'use server'\nexport async function act() { return 1 }`,
  }),
  {
    ...form('use-client', ['node'], `import { Button } from './button'`, 'typeof Button', {
      'button.tsx': `'use client'\nexport function Button() { return <p>b</p> }`,
    }),
    nextOnly: true,
  },
]

const assets: readonly Form[] = [
  form('css', handlers, `import './style.css'`, `'styled'`, { 'style.css': 'p { color: red }' }),
  form(
    'css-module',
    handlers,
    `import styles from './card.module.css'`,
    `[typeof styles.card, Object.keys(styles).sort()]`,
    { 'card.module.css': '.card { color: red } .title { color: blue }' },
  ),
  form('css-from-component', handlers, `import { taxRate } from './component'`, 'taxRate', {
    'component.tsx': `import './global.css'\nimport styles from './a.module.css'\nexport const taxRate = 0.19\nexport const Card = () => <p className={styles.card}>c</p>`,
    'global.css': 'p { margin: 0 }',
    'a.module.css': '.card { margin: 0 }',
  }),
  form(
    'image-png',
    everywhere,
    `import picture from './picture.png'`,
    `[picture.width, picture.height, picture.src.startsWith('/_next/static/media/picture.')]`,
    { 'picture.png': png },
  ),
  {
    ...form(
      'image-blur',
      handlers,
      `import picture from './picture.png'`,
      'typeof picture.blurDataURL',
      { 'picture.png': png },
    ),
    nextOnly: true,
  },
  form(
    'image-svg',
    everywhere,
    `import picture from './picture.svg'`,
    `[picture.width, picture.height, typeof picture.src]`,
    { 'picture.svg': svg },
  ),
  form(
    'image-require',
    handlers,
    `const picture = require('./picture.png')`,
    `[(picture.default ?? picture).width, typeof picture.default]`,
    { 'picture.png': png },
  ),
  form('font-file', handlers, `import file from './font.woff2'`, `typeof file`, {
    'font.woff2': font,
  }),
  form(
    'url-asset',
    onNode,
    `import { readFile } from 'node:fs/promises'`,
    `(await readFile(new URL('./words.txt', import.meta.url), 'utf8')).trim()`,
    { 'words.txt': 'read at run time' },
  ),
  form(
    'url-fetch',
    ['edge'],
    '',
    `(await (await fetch(new URL('./words.txt', import.meta.url))).text()).trim()`,
    { 'words.txt': 'fetched at run time' },
  ),
  form('wasm', ['node', 'pages'], `// @ts-ignore\nimport { add } from './add.wasm'`, 'add(2, 3)', {
    'add.wasm': wasm,
  }),
  form(
    'wasm-module',
    ['node', 'edge', 'pages'],
    `// @ts-ignore\nimport module from './add.wasm?module'`,
    '((await WebAssembly.instantiate(module)) as any).exports.add(4, 5)',
    { 'add.wasm': wasm },
  ),
  form(
    'worker',
    handlers,
    `import { Worker } from 'node:worker_threads'`,
    `await new Promise((resolve, reject) => { const worker = new Worker(new URL('./job.ts', import.meta.url), { workerData: 6 }); worker.once('message', resolve).once('error', reject) })`,
    {
      'job.ts': `import { parentPort, workerData } from 'node:worker_threads'\nimport { twice } from './twice'\nparentPort!.postMessage(twice(workerData as number))`,
      'twice.ts': 'export const twice = (n: number) => n * 2',
    },
  ),
  form('text-by-rule', everywhere, `import text from './words.md'`, 'text', {
    'words.md': '# words\n',
  }),
  form('bytes-by-rule', onNode, `import bytes from './data.bin'`, '[...bytes]', {
    'data.bin': Buffer.from([1, 2, 255]),
  }),
  form('json-by-rule', everywhere, `import data from './data.manifest'`, 'data', {
    'data.manifest': '{"a":1}',
  }),
  form('loader-by-rule', handlers, `import value from './words.shout'`, 'value', {
    'words.shout': 'quiet',
    '/loaders/shout.cjs':
      'module.exports = function (source) { return `export default ${JSON.stringify(source.toUpperCase())}` }',
  }),
  form('extension-by-config', everywhere, `import { word } from './special'`, 'word', {
    'special.web.ts': word('resolveExtensions'),
  }),
]

const glob = (name: string, expression: string, files?: Form['files']) =>
  form(`glob-${name}`, handlers, '', expression, {
    'dir/a.ts': word('a'),
    'dir/b.ts': word('b'),
    'dir/b.test.ts': word('test'),
    ...files,
  })
const globs: readonly Form[] = [
  glob(
    'lazy',
    `Object.fromEntries(await Promise.all(Object.entries(import.meta.glob('./dir/*.ts')).map(async ([key, load]) => [key, (await (load as any)()).word])))`,
  ),
  glob(
    'eager',
    `Object.entries(import.meta.glob('./dir/*.ts', { eager: true }) as any).map(([key, module]: any) => [key, module.word])`,
  ),
  glob('named', `import.meta.glob('./dir/*.ts', { eager: true, import: 'word' })`),
  glob(
    'default',
    `await Promise.all(Object.values(import.meta.glob('./dir/*.ts', { import: 'default' })).map((load: any) => load()))`,
  ),
  glob('negated', `Object.keys(import.meta.glob(['./dir/*.ts', '!**/*.test.ts']))`),
  glob('several', `Object.keys(import.meta.glob(['./dir/a.ts', './other/*.ts']))`, {
    'other/c.ts': word('c'),
  }),
  glob('absolute', `Object.keys(import.meta.glob('/forms/glob-absolute/dir/*.ts'))`),
  glob('base', `Object.keys(import.meta.glob('**/*.ts', { base: './dir' }))`),
  glob(
    'query',
    `import.meta.glob('./texts/*.txt', { query: '?raw', eager: true, import: 'default' })`,
    { 'texts/a.txt': 'raw a' },
  ),
]

const variables: readonly Form[] = [
  form(
    'import-meta-env',
    everywhere,
    '',
    `[import.meta.env.MODE, import.meta.env.DEV, import.meta.env.PROD, import.meta.env.BASE_URL, import.meta.env.SSR]`,
  ),
  form(
    'env',
    everywhere,
    '',
    `[process.env.FROM_FILE, process.env['FROM_FILE'], process.env.NEXT_PUBLIC_SEEN, process.env.FROM_CONFIG, process.env.NODE_ENV]`,
  ),
  form(
    'env-destructured',
    handlers,
    'const { FROM_FILE, EXPANDED } = process.env',
    '[FROM_FILE, EXPANDED]',
  ),
  form('next-runtime', ['node', 'pages'], '', 'process.env.NEXT_RUNTIME'),
  form(
    'define',
    everywhere,
    'declare const __VERSION__: string\ndeclare const __LIMIT__: number',
    '[__VERSION__, __LIMIT__]',
  ),
  form('define-server', handlers, 'declare const __SERVER__: string', '__SERVER__'),
]

/** Returns a package of the project: its package.json and files. */
const packageOf = (name: string, fields: object, files: Record<string, string>): Form['files'] => ({
  [`/node_modules/${name}/package.json`]: JSON.stringify({ name, version: '1.0.0', ...fields }),
  ...Object.fromEntries(
    Object.entries(files).map(([file, text]) => [`/node_modules/${name}/${file}`, text]),
  ),
})
const conditions = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, `./${name}.js`]))
const conditionFiles = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [`${name}.js`, `exports.word = '${name}'`]))

const packages: readonly Form[] = [
  form(
    'package-cjs',
    everywhere,
    `import all, { word } from 'form-cjs'`,
    '[all.word, word]',
    packageOf('form-cjs', { main: 'main.js' }, { 'main.js': `exports.word = 'cjs'` }),
  ),
  form(
    'package-esm',
    everywhere,
    `import it, { word } from 'form-esm'`,
    '[it, word]',
    packageOf('form-esm', { type: 'module', exports: './main.js' }, { 'main.js': word('esm') }),
  ),
  form(
    'package-module-field',
    handlers,
    `import { word } from 'form-module'`,
    'word',
    packageOf(
      'form-module',
      { main: 'main.cjs', module: 'main.mjs' },
      { 'main.cjs': `exports.word = 'main'`, 'main.mjs': word('module') },
    ),
  ),
  form(
    'package-dual',
    everywhere,
    `import { word } from 'form-dual'\nconst required = require('form-dual').word`,
    '[word, required]',
    packageOf(
      'form-dual',
      { exports: { '.': { import: './main.mjs', require: './main.cjs' } } },
      { 'main.cjs': `exports.word = 'required'`, 'main.mjs': word('imported') },
    ),
  ),
  form(
    'package-subpath',
    everywhere,
    `import { word } from 'form-subpath/deep/it'`,
    'word',
    packageOf(
      'form-subpath',
      { exports: { './deep/*': './inner/*.js' } },
      { 'inner/it.js': `exports.word = 'pattern'` },
    ),
  ),
  form(
    'package-file',
    everywhere,
    `import { word } from 'form-file/lib/it'`,
    'word',
    packageOf('form-file', {}, { 'lib/it.js': `exports.word = 'without exports'` }),
  ),
  form(
    'package-conditions',
    everywhere,
    `import { word } from 'form-conditions'`,
    'word',
    packageOf(
      'form-conditions',
      { exports: { '.': conditions('edge-light', 'browser', 'node', 'default') } },
      conditionFiles('edge-light', 'browser', 'node', 'default'),
    ),
  ),
  form(
    'package-react-server',
    ['node', 'edge', 'pages'],
    `import { word } from 'form-react-server'`,
    'word',
    packageOf(
      'form-react-server',
      { exports: { '.': conditions('react-server', 'default') } },
      conditionFiles('react-server', 'default'),
    ),
  ),
  form(
    'package-production',
    everywhere,
    `import { word } from 'form-production'`,
    'word',
    packageOf(
      'form-production',
      { exports: { '.': conditions('development', 'production', 'default') } },
      conditionFiles('development', 'production', 'default'),
    ),
  ),
  form(
    'package-typescript',
    everywhere,
    `import { word } from 'form-typescript'`,
    'word',
    packageOf(
      'form-typescript',
      { main: 'index.ts' },
      { 'index.ts': "export const word: string = 'transpilePackages'" },
    ),
  ),
  form(
    'package-external',
    handlers,
    `import { word, folder } from 'form-external'`,
    '[word, folder]',
    packageOf(
      'form-external',
      { main: 'main.js' },
      {
        'main.js': `exports.word = 'external'\nexports.folder = require('path').basename(__dirname)`,
      },
    ),
  ),
  form(
    'package-scoped',
    everywhere,
    `import { word } from '@form/scoped'`,
    'word',
    packageOf('@form/scoped', { main: 'main.js' }, { 'main.js': `exports.word = 'scoped'` }),
  ),
  form(
    'package-imports',
    everywhere,
    `import { word } from 'form-imports'`,
    'word',
    packageOf(
      'form-imports',
      { type: 'module', exports: './main.js', imports: { '#inner': './inner.js' } },
      { 'main.js': `export { word } from '#inner'`, 'inner.js': word('imports of the package') },
    ),
  ),
  form(
    'package-self',
    everywhere,
    `import { word } from 'form-self'`,
    'word',
    packageOf(
      'form-self',
      { type: 'module', exports: { '.': './main.js', './inner': './inner.js' } },
      { 'main.js': `export { word } from 'form-self/inner'`, 'inner.js': word('by its own name') },
    ),
  ),
  form(
    'package-no-endings',
    everywhere,
    `import { word } from 'form-no-endings'`,
    'word',
    packageOf(
      'form-no-endings',
      { type: 'module', main: './main.js' },
      { 'main.js': `export { word } from './inner'`, 'inner.js': word('without ending') },
    ),
  ),
  form(
    'package-json',
    everywhere,
    `import { version } from 'form-json/package.json'`,
    'version',
    packageOf('form-json', { main: 'main.js' }, { 'main.js': '' }),
  ),
  form(
    'package-barrel',
    handlers,
    `import { one, two } from 'form-barrel'`,
    '[one, two]',
    packageOf(
      'form-barrel',
      { type: 'module', exports: './main.js', sideEffects: false },
      {
        'main.js': `export { one } from './one.js'\nexport { two } from './two.js'`,
        'one.js': `export const one = 1`,
        'two.js': `export const two = 2`,
      },
    ),
  ),
]

export const nextForms: readonly Form[] = [
  ...nextModules,
  ...assets,
  ...globs,
  ...variables,
  ...packages,
]
