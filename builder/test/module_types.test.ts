/**
 * Tests imports of files that are not scripts. The expected values were recorded from `next build`
 * of Next.js 16.4.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { build } from 'esbuild'
import { InexactModules } from '../src/base/inexact.ts'
import type { BuildRequest } from '../src/bundle/types.ts'
import { isObserved } from '../src/assets/observed.ts'
import { moduleTypes } from '../src/assets/module_types.ts'
import { inexactOf, type InexactSettings } from '../src/sources/inexact_sources.ts'
import { svgSize } from '../src/assets/svg_size.ts'
import { normaliseConfig } from '../src/config/normalise.ts'
import { Project } from './support/project.ts'

const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="20"><rect width="10" height="20"/></svg>\n'
const box =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 32"><rect width="10" height="10"/></svg>\n'
const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
/** Exports add(a, b). */
const wasm = Buffer.from('AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABags=', 'base64')

test('an image import is an object with its URL and size', async (t) => {
  const project = new Project(t, {
    'lib/logo.svg': svg,
    'lib/box.svg': box,
    'lib/a.avif': 'not looked into',
    'lib/brand.ts':
      "import logo from './logo.svg'\nimport box from './box.svg'\nimport avif from './a.avif'\nexport const brand = { logo, box, avif: avif.width, required: require('./logo.svg').default === logo }",
    'pages/api/x.ts': "import { brand } from '../../lib/brand'\nexport default () => brand",
  })
  assert.deepEqual(await project.call('pages/api/x.ts', { config: { basePath: '/bp' } }), {
    logo: {
      src: '/bp/_next/static/media/logo.086n6-bwppki2.svg',
      width: 10,
      height: 20,
      blurWidth: 0,
      blurHeight: 0,
    },
    box: {
      src: '/bp/_next/static/media/box.2q2rtuhhkpehu.svg',
      width: 64,
      height: 32,
      blurWidth: 0,
      blurHeight: 0,
    },
    avif: 100,
    required: true,
  })
})

test("an image's URL begins with assetPrefix, if set", async (t) => {
  const project = new Project(t, {
    'lib/my logo.svg': svg,
    'lib/unused.svg': box,
    'pages/api/x.ts': "import logo from '../../lib/my logo.svg'\nexport default () => logo.src",
  })
  const name = 'my logo.086n6-bwppki2.svg'
  const src = async (config: BuildRequest['config']) =>
    await project.call('pages/api/x.ts', { config })
  assert.equal(await src({}), `/_next/static/media/${name}`)
  const media = join(project.path({ module: '.' }), 'static/media')
  assert.deepEqual(readdirSync(media), [name])
  assert.equal(readFileSync(join(media, name), 'utf8'), svg)
  const assetPrefix = 'https://cdn.example.com/a'
  assert.equal(
    await src({ basePath: '/bp', assetPrefix }),
    `${assetPrefix}/_next/static/media/${name}`,
  )
})

test('an image has its size in pixels, and that of its blurred image', async (t) => {
  const project = new Project(t, {
    'pages/api/x.ts': "import dot from './dot.png'\nexport default () => dot",
  })
  project.write({ 'pages/api/dot.png': '' })
  writeFileSync(`${project.root}/pages/api/dot.png`, dot)
  const { src, ...size } = (await project.call('pages/api/x.ts')) as { src: string }
  assert.match(src, /^\/_next\/static\/media\/dot\.[0-9a-z_-]{13}\.png$/)
  assert.deepEqual(size, { width: 1, height: 1, blurWidth: 8, blurHeight: 8 })
})

test('lengths of an SVG image are converted to pixels', () => {
  const sizeOf = (attributes: string) => svgSize(`<?xml version="1.0"?><svg ${attributes}></svg>`)
  assert.deepEqual(sizeOf('width="10.6px" height="20.4px"'), { width: 11, height: 20 })
  assert.deepEqual(sizeOf('width="1in" height="2cm"'), { width: 96, height: 76 })
  assert.deepEqual(sizeOf('width="100%" height="50%" viewBox="0 0 10 20"'), {
    width: 10,
    height: 20,
  })
  assert.deepEqual(sizeOf('width="12pt" height="3pc"'), { width: 16, height: 0 })
  assert.throws(
    () => sizeOf('width="50" viewBox="0 0 10 20"'),
    /only a width attribute but not height/,
  )
  assert.throws(() => sizeOf('viewBox="0,0,10,20"'), /Unknown syntax for viewBox \(0,0,10,20\)/)
  assert.throws(() => sizeOf('width="2em" height="3rem"'), /Unknown syntax for length.*\(3rem\)/)
})

test('a CSS module is an object of class names, other style sheets are empty', async (t) => {
  const project = new Project(t, {
    'lib/card.module.css':
      ".a { color: red } .b-c { composes: a; color: blue } :global(.g) .in { color: red } .pic { background: url('./none.png') }",
    'lib/global.css': '.plain { color: red }',
    'pages/api/x.ts':
      "import styles, { a } from '../../lib/card.module.css'\nimport '../../lib/global.css'\nexport default () => [styles, a]",
  })
  const [styles, a] = (await project.call('pages/api/x.ts')) as [Record<string, string>, string]
  assert.deepEqual(Object.keys(styles).sort(), ['a', 'b-c', 'in', 'pic'])
  assert.equal(styles['a'], a)
  assert.match(a, /^[\w-]+_a$/)
  assert.equal(styles['b-c'], `${a.slice(0, -2)}_b-c ${a}`)
})

test('a file type that Next.js does not know is an error that names file, importer and solution', async (t) => {
  const project = new Project(t, {
    'lib/a.txt': 'text',
    'lib/b.ts': "import text from './a.txt'\nexport { text }",
    'pages/api/x.ts': "export { text as default } from '../../lib/b'",
  })
  const { errors = [] } = await project.build(['pages/api/x.ts'])
  assert.match(
    errors.join('\n'),
    /lib\/a\.txt: Unknown module type[\s\S]*turbopack\.rules[\s\S]*imported as "\.\/a\.txt" by lib\/b\.ts/,
  )
})

test('rules of next.config and import attributes apply types, loaders and conditions', async (t) => {
  const project = new Project(t, {
    'node_modules/upper-loader/package.json': { name: 'upper-loader', main: 'index.js' },
    'node_modules/upper-loader/index.js':
      'module.exports = function (source) { const done = this.async(); const { mark } = this.getOptions(); done(null, `export default ${JSON.stringify([mark ?? "", this.resourceQuery, source.toString().toUpperCase()])}`) }',
    'lib/a.graphql': 'query',
    'lib/a.html': '<p>',
    'lib/a.two': 'has svg inside',
    'lib/a.dat': 'data',
    'lib/a.conf': '{"k":1}',
    'lib/a.pdf': 'text of pdf\n',
    'lib/a.md': 'md',
    'pages/api/x.ts': `
      import graphql from '../../lib/a.graphql'
      import html from '../../lib/a.html?q'
      import two from '../../lib/a.two?raw'
      import dat from '../../lib/a.dat'
      import conf from '../../lib/a.conf'
      import pdf from '../../lib/a.pdf'
      import text from '../../lib/a.md' with { type: 'text' }
      import loaded from '../../lib/a.md' with { turbopackLoader: 'upper-loader', turbopackLoaderOptions: '{"mark":"!"}', turbopackAs: '*.js' }
      export default () => ({ graphql, html, two, dat: [dat.constructor.name, dat.length], conf, pdf, text, loaded })`,
  })
  // Values reach the builder through the server, as JSON.
  const config = JSON.parse(
    JSON.stringify(
      normaliseConfig({
        turbopack: {
          rules: {
            '*.graphql': { type: 'text' },
            '*.html': {
              loaders: [{ loader: 'upper-loader', options: { mark: 'html' } }],
              as: '*.js',
            },
            '*.two': [
              { condition: 'browser', type: 'json' },
              {
                condition: {
                  all: [
                    { query: '?raw' },
                    { not: 'foreign' },
                    { content: /svg/i },
                    { path: /^lib\// },
                    'production',
                  ],
                },
                type: 'raw',
              },
            ],
            '*.dat': { type: 'bytes' },
            '*.{conf,none}': { type: 'json' },
            '*.pdf': { type: 'asset' },
          },
        },
      }),
    ),
  ) as object
  assert.deepEqual(await project.call('pages/api/x.ts', { config }), {
    graphql: 'query',
    html: ['html', '?q', '<P>'],
    two: 'has svg inside',
    dat: ['Uint8Array', 4],
    conf: { k: 1 },
    pdf: '/server/assets/a.0gt00igrjm2xb.pdf',
    text: 'md',
    loaded: ['!', '', 'MD'],
  })
})

test('a missing loader is reported with the command to install it', async (t) => {
  const project = new Project(t, {
    'pages/api/a.html': '',
    'pages/api/x.ts': "import a from './a.html'\nexport default () => a",
  })
  const config = { turbopack: { rules: { '*.html': { loaders: ['raw-loader'], as: '*.js' } } } }
  const { errors = [] } = await project.build(['pages/api/x.ts'], { config })
  assert.match(
    errors.join('\n'),
    /pages\/api\/a\.html: the loader raw-loader is not installed\. Run: npm install --save-dev raw-loader/,
  )
})

test('a WebAssembly import is its exports, or with ?module the module', async (t) => {
  const project = new Project(t, {
    'lib/add.wasm': '',
    'pages/api/x.ts': `
      import { add } from '../../lib/add.wasm'
      import * as all from '../../lib/add.wasm'
      import module from '../../lib/add.wasm?module'
      export default async () => [add(1, 2), Object.keys(all), module instanceof WebAssembly.Module, (await import('../../lib/add.wasm')).add(3, 4)]`,
  })
  writeFileSync(`${project.root}/lib/add.wasm`, wasm)
  assert.deepEqual(await project.call('pages/api/x.ts'), [3, ['add'], true, 7])
})

test('differences from Next.js are recorded for the choice of the engine', async (t) => {
  const project = new Project(t, {
    'a.module.css': '.a { color: red }',
    'logo.svg': svg,
    'x.ts': "import styles from './a.module.css'\nimport './logo.svg'\nconsole.log(styles)",
  })
  const inexact = new InexactModules()
  const { root } = project
  const plugins = [
    moduleTypes({
      root,
      mode: 'production',
      assetPrefix: '',
      rules: {},
      importsBytes: false,
      inexact,
      seen: new Set(),
      media: new Map(),
    }),
  ]
  await build({ entryPoints: [join(root, 'x.ts')], bundle: true, write: false, plugins })
  const [found, ...others] = inexact.of([join(root, 'logo.svg'), join(root, 'a.module.css')])
  assert.deepEqual([found?.file, others], [join(root, 'a.module.css'), []])
  assert.match(found?.what ?? '', /class names/)
})

test("differences from Next.js's compiler are recorded with their lines", () => {
  const settings: InexactSettings = { babel: null, swcPlugins: false, compiler: { emotion: true } }
  const forms = { decorators: false, parameterFields: false, otherDecorators: false }
  const noted = (text: string, others: Partial<InexactSettings> = {}) =>
    inexactOf('/p/x.ts', text, forms, { ...settings, ...others }).map(({ line, what }) => [
      line,
      what.split(' ').slice(0, 3).join(' '),
    ])
  assert.deepEqual(noted('export const a = 1'), [])
  assert.deepEqual(noted("\nimport styled from '@emotion/styled'"), [[2, 'is compiled with']])
  assert.deepEqual(noted('const a = 1\nawait import(name)'), [[2, 'imports a module']])
  assert.deepEqual(noted('await import(/* webpackIgnore: true */ name)'), [])
  assert.deepEqual(noted("\nconst number = require.resolve('../word')"), [[2, 'gets the id']])
  assert.deepEqual(noted("const place = require.resolve('pg/package.json')"), [])
  assert.deepEqual(noted('export const a = 1', { babel: '/p/.babelrc' }), [
    [null, 'is compiled with'],
  ])
})

test('an image or CSS module whose observed values are equal is not recorded', () => {
  const image = (uses: string) =>
    isObserved(`import dot from './dot.png'\n${uses}`, './dot.png', 'image')
  assert.equal(image('export const a = { dot: [dot.width, (dot as any).height, dot.src] }'), false)
  assert.equal(image('export const a = dot'), true)
  assert.equal(image('export const a = dot.blurDataURL'), true)
  assert.equal(isObserved("import './dot.png'", './dot.png', 'image'), false)
  assert.equal(isObserved("import * as dot from './dot.png'", './dot.png', 'image'), true)
  assert.equal(isObserved("export const dot = require('./dot.png')", './dot.png', 'image'), true)
  assert.equal(
    isObserved(
      "import s from './a.module.css'\nexport const card = typeof s.card",
      './a.module.css',
      'styles',
    ),
    false,
  )
  assert.equal(
    isObserved(
      "import s from './a.module.css'\nexport const card = s.card",
      './a.module.css',
      'styles',
    ),
    true,
  )
})
