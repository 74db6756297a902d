/**
 * Forms of the language itself: specifiers, extensions, aliases, dynamic imports, CommonJS,
 * TypeScript.
 */
import { everywhere, type Form, form, handlers, onNode } from './form.ts'

const word = (text: string) =>
  `export const word = '${text}'\nexport default 'default of ${text}'\n`
const json = JSON.stringify({ name: 'Ada', 'two words': [1, 2], nested: { ok: true } })
const greeting = (text: string) => JSON.stringify({ greeting: text })

const jsonForms: readonly Form[] = [
  form('json-default', everywhere, `import data from './data.json'`, 'data', { 'data.json': json }),
  form('json-named', everywhere, `import { name, nested } from './data.json'`, '{ name, nested }', {
    'data.json': json,
  }),
  form(
    'json-namespace',
    everywhere,
    `import * as data from './data.json'`,
    '{ ...data.default, keys: Object.keys(data).sort() }',
    { 'data.json': json },
  ),
  form(
    'json-attribute',
    everywhere,
    `import data from './data.json' with { type: 'json' }`,
    'data',
    { 'data.json': json },
  ),
  form('json-require', everywhere, `const data = require('./data.json')`, 'data', {
    'data.json': json,
  }),
  form('json-dynamic', everywhere, '', `(await import('./data.json')).default`, {
    'data.json': json,
  }),
  form('json-alias', everywhere, `import data from '@/forms/json-alias/data.json'`, 'data', {
    'data.json': json,
  }),
  form(
    'json-array',
    everywhere,
    `import data from './data.json'`,
    '{ list: data, length: data.length }',
    { 'data.json': '[1, "two", null]' },
  ),
  form('json-export', everywhere, `import { data } from './barrel'`, 'data', {
    'barrel.ts': `export { default as data } from './data.json'`,
    'data.json': json,
  }),
  {
    name: 'dictionaries',
    places: ['node'],
    code: `import 'server-only'
const dictionaries = {
  en: () => import('./dictionaries/en.json').then((module) => module.default),
  nl: () => import('./dictionaries/nl.json').then((module) => module.default),
}
export const answer = async () => [await dictionaries.en(), await dictionaries.nl()]
`,
    files: { 'dictionaries/en.json': greeting('hello'), 'dictionaries/nl.json': greeting('hallo') },
  },
]

const dynamicForms: readonly Form[] = [
  form('dynamic', everywhere, '', `(await import('./word')).word`, { 'word.ts': word('dynamic') }),
  form('dynamic-default', everywhere, '', `(await import('./word')).default`, {
    'word.ts': word('dynamic'),
  }),
  form('dynamic-then', everywhere, '', `await import('./word').then((module) => module.word)`, {
    'word.ts': word('then'),
  }),
  form('dynamic-keys', everywhere, '', `Object.keys(await import('./word')).sort()`, {
    'word.ts': word('keys'),
  }),
  form(
    'dynamic-condition',
    everywhere,
    '',
    `process.env.NEVER_SET ? (await import('./a')).word : (await import('./b')).word`,
    { 'a.ts': word('a'), 'b.ts': word('b') },
  ),
  form(
    'dynamic-template',
    everywhere,
    `const load = (locale: string) => import(\`./messages/\${locale}.json\`)`,
    `[(await load('en')).default, (await load('de')).default]`,
    { 'messages/en.json': greeting('hello'), 'messages/de.json': greeting('hallo') },
  ),
  form(
    'dynamic-template-alias',
    everywhere,
    `const load = (locale: string) => import(\`@/forms/dynamic-template-alias/messages/\${locale}.json\`)`,
    `[(await load('en')).default, (await load('de')).default]`,
    { 'messages/en.json': greeting('hello'), 'messages/de.json': greeting('hallo') },
  ),
  form(
    'dynamic-template-code',
    everywhere,
    `const load = (name: string) => import(\`./plugins/\${name}\`)`,
    `[(await load('one')).word, (await load('two')).word]`,
    { 'plugins/one.ts': word('one'), 'plugins/two.ts': word('two') },
  ),
  form(
    'dynamic-template-missing',
    everywhere,
    `const load = (name: string) => import(\`./plugins/\${name}.ts\`)`,
    `await load('none').then(() => 'found', () => 'not found')`,
    { 'plugins/one.ts': word('one') },
  ),
  form(
    'dynamic-ignore',
    onNode,
    '',
    `(await import(/* webpackIgnore: true */ 'node:path')).posix.join('a', 'b')`,
  ),
  form(
    'dynamic-ignore-variable',
    onNode,
    `const name = 'node:path'`,
    `(await import(/* turbopackIgnore: true */ name)).posix.join('a', 'b')`,
  ),
  form(
    'dynamic-optional',
    handlers,
    '',
    `await import(/* turbopackOptional: true */ './missing').then(() => 'found', (error) => error instanceof Error)`,
  ),
  form(
    'require-optional',
    handlers,
    `let found = true\ntry {\n  require(/* turbopackOptional: true */ './missing')\n} catch {\n  found = false\n}`,
    'found',
  ),
  form(
    'dynamic-side-effect',
    everywhere,
    '',
    `(await import('./effect'), (globalThis as { effect?: number }).effect)`,
    { 'effect.ts': '(globalThis as { effect?: number }).effect = 7' },
  ),
]

const endings: readonly Form[] = [
  ...['ts', 'tsx', 'js', 'jsx', 'mjs', 'cjs', 'mts', 'cts'].map((ending) =>
    form(`ending-${ending}`, everywhere, `import { word } from './word.${ending}'`, 'word', {
      [`word.${ending}`]: ending.startsWith('c')
        ? `module.exports = { word: '${ending}' }`
        : word(ending),
    }),
  ),
  ...['ts', 'tsx', 'js', 'jsx', 'mjs'].map((ending) =>
    form(`no-ending-${ending}`, everywhere, `import { word } from './word'`, 'word', {
      [`word.${ending}`]: word(ending),
    }),
  ),
  form('folder-index', everywhere, `import { word } from './folder'`, 'word', {
    'folder/index.ts': word('index'),
  }),
  form('parent', everywhere, `import { word } from '../parent-word'`, 'word', {
    '/forms/parent-word.ts': word('parent'),
  }),
]

const aliases: readonly Form[] = [
  form('alias', everywhere, `import { word } from '@/forms/alias/word'`, 'word', {
    'word.ts': word('alias'),
  }),
  form('alias-exact', everywhere, `import { word } from '@settings'`, 'word', {
    '/lib/settings.ts': word('settings'),
  }),
  form('alias-fallback', everywhere, `import { word } from '~/fallen'`, 'word', {
    '/lib/second/fallen.ts': word('second of two folders'),
  }),
  form('imports-field', everywhere, `import { word } from '#internal/word'`, 'word', {
    '/lib/internal/word.ts': word('imports of package.json'),
  }),
  form('imports-field-condition', handlers, `import { word } from '#database'`, 'word', {
    '/lib/db-node.ts': word('node'),
    '/lib/db-other.ts': word('other'),
  }),
  form('resolve-alias', everywhere, `import { word } from 'aliased-package'`, 'word', {
    '/lib/aliased.ts': word('resolveAlias'),
  }),
]

const commonJs: readonly Form[] = [
  form('cjs-named', everywhere, `import { word } from './word.cjs'`, 'word', {
    'word.cjs': `exports.word = 'named'`,
  }),
  form('cjs-default', everywhere, `import all from './word.cjs'`, 'all.word', {
    'word.cjs': `module.exports = { word: 'default' }`,
  }),
  form('cjs-namespace', everywhere, `import * as all from './word.cjs'`, 'all.word', {
    'word.cjs': `module.exports = { word: 'namespace' }`,
  }),
  form('cjs-function', everywhere, `import call from './call.cjs'`, 'call()', {
    'call.cjs': `module.exports = () => 'called'`,
  }),
  form('cjs-es-module', everywhere, `import main, { other } from './word.cjs'`, '{ main, other }', {
    'word.cjs': `Object.defineProperty(exports, '__esModule', { value: true })\nexports.default = 'main'\nexports.other = 'other'`,
  }),
  form('cjs-require-esm', everywhere, `const { word } = require('./word')`, 'word', {
    'word.ts': word('required'),
  }),
  form('require-in-function', everywhere, `const load = () => require('./word')`, 'load().word', {
    'word.ts': word('later'),
  }),
  form('require-builtin', onNode, `const path = require('path')`, `path.posix.join('a', 'b')`),
  {
    ...form('require-resolve', handlers, '', `typeof require.resolve('./word')`, {
      'word.ts': word('resolved'),
    }),
    nextOnly: true,
  },
  form(
    'require-context',
    handlers,
    `// @ts-ignore\nconst all = require.context('./words', true, /\\.ts$/)`,
    'all.keys().sort().map((key) => [key, all(key).word])',
    { 'words/a.ts': word('a'), 'words/deep/b.ts': word('b') },
  ),
  form(
    'create-require',
    onNode,
    `import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)`,
    `require('node:path').posix.join('a', 'b')`,
  ),
  {
    name: 'cjs-route-module',
    places: handlers,
    extension: 'js',
    code: `const { word } = require('./word')\nexports.answer = async () => word\n`,
    files: { 'word.js': `exports.word = 'all in CommonJS'` },
  },
]

const language: readonly Form[] = [
  form(
    're-export',
    everywhere,
    `import { word, ns, renamed } from './barrel'`,
    '{ word, ns: ns.word, renamed }',
    {
      'barrel.ts': `export * from './word'\nexport * as ns from './word'\nexport { default as renamed } from './word'`,
      'word.ts': word('through a barrel'),
    },
  ),
  form('circular', everywhere, `import { both } from './a'`, 'both()', {
    'a.ts': `import { b } from './b'\nexport const a = () => 'a'\nexport const both = () => a() + b()`,
    'b.ts': `import { a } from './a'\nexport const b = () => 'b' + a()`,
  }),
  form('top-level-await', everywhere, `import { word } from './late'`, 'word', {
    'late.ts': `export const word = await Promise.resolve('awaited')`,
  }),
  form(
    'side-effects-in-order',
    everywhere,
    `import './a'\nimport './b'\nimport { order } from './order'`,
    'order',
    {
      'order.ts': 'export const order: string[] = []',
      'a.ts': `import { order } from './order'\norder.push('a')`,
      'b.ts': `import { order } from './order'\norder.push('b')`,
    },
  ),
  form(
    'type-only',
    everywhere,
    `import type { Word } from './word'\nimport { type Other, word } from './word'\nconst other: Other & Word = { a: 1, b: 2 }`,
    '{ word, other }',
    {
      'word.ts': `export interface Word { a: number }\nexport type Other = { b: number }\nexport const word = 'value'`,
    },
  ),
  form(
    'type-without-saying',
    everywhere,
    `import { Word, word } from './word'\nconst other: Word = { a: 1 }`,
    '{ word, other }',
    { 'word.ts': `export interface Word { a: number }\nexport const word = 'value'` },
  ),
  form('import-equals', onNode, `import path = require('node:path')`, `path.posix.join('a', 'b')`),
  form(
    'enums',
    everywhere,
    `import { Kind, Small, Space } from './kinds'`,
    '[Kind.A, Kind[1], Small.X, Space.inner]',
    {
      'kinds.ts': `export enum Kind { A, B }\nexport const enum Small { X = 'x' }\nexport namespace Space { export const inner = 'in a namespace' }`,
    },
  ),
  form(
    'import-meta-url',
    handlers,
    '',
    `typeof import.meta.url === 'string' && import.meta.url.startsWith('file:')`,
  ),
  form('dirname', handlers, '', `[typeof __dirname, typeof __filename]`),
  form(
    'builtin-prefix',
    onNode,
    `import { readFileSync } from 'fs'\nimport { join } from 'node:path'`,
    `[typeof readFileSync, join('a', 'b')]`,
  ),
  form(
    'builtin-promises',
    onNode,
    `import { readFile } from 'node:fs/promises'\nimport { join } from 'path'`,
    `JSON.parse(await readFile(join(process.cwd(), 'package.json'), 'utf8')).name`,
  ),
  form(
    'decorators',
    everywhere,
    `import { Service } from './service'`,
    `[new Service().hello('Ada'), Service.names]`,
    {
      'service.ts': `const names: string[] = []
const named = (name: string) => (target: unknown) => void names.push(name)
const log = (_target: unknown, key: string, descriptor: PropertyDescriptor) => {
  const original = descriptor.value
  descriptor.value = function (...args: unknown[]) { return \`\${key}: \${original.apply(this, args)}\` }
}
@named('service')
export class Service {
  static names = names
  @log
  hello(name: string) { return 'hello ' + name }
}
`,
    },
  ),
  form(
    'decorator-metadata',
    handlers,
    `import './reflect'\nimport { Service } from './service'`,
    `Reflect.getMetadata('design:paramtypes', Service).map((type: { name: string }) => type.name)`,
    {
      'reflect.ts': `const kept = new Map<unknown, Map<string, unknown>>()
Object.assign(Reflect, {
  metadata: (key: string, value: unknown) => (target: unknown) => void kept.set(target, (kept.get(target) ?? new Map()).set(key, value)),
  getMetadata: (key: string, target: unknown) => kept.get(target)?.get(key),
})
declare global { namespace Reflect { function getMetadata(key: string, target: unknown): any } }
export {}
`,
      'service.ts': `export class Database {}
const injectable = (target: unknown) => void target
@injectable
export class Service { constructor(readonly database: Database, readonly size: number) {} }
`,
    },
  ),
  {
    name: 'jsx',
    places: handlers,
    extension: 'tsx',
    code: `const element = <p className="a">text</p>\nexport const answer = async () => ({ type: element.type, props: element.props })\n`,
  },
]

export const moduleForms: readonly Form[] = [
  ...jsonForms,
  ...dynamicForms,
  ...endings,
  ...aliases,
  ...commonJs,
  ...language,
]
