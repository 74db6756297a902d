/**
 * Reads fixtures: their description and their requests, which are data (README.md describes the
 * format). Faults are reported with their place.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Capture, Step as Request } from '../../verify/src/step.ts'
import { repository } from '../e2e/support/index.ts'
import { type Checked, DataError } from './data.ts'

/** The areas of the table, in its order. */
export const areas = [
  'Discovery and matching',
  'Pages API',
  'Route handlers',
  'Proxy',
  'next.config',
  'Environment',
  'Instrumentation',
  'Server',
  'Libraries',
  'Pages',
] as const
export type Area = (typeof areas)[number]

/**
 * A difference on purpose: `id` is a heading of docs/differences.md; the other members state what
 * may differ.
 */
export interface Differs {
  readonly id: string
  /** The status of Millrace's response, if it differs from that of Next.js. */
  readonly status?: number
  /** Names of fields that are not compared, in lower case. */
  readonly headers: readonly string[]
  /** The body is not compared. */
  readonly body: boolean
  /** Rows of React's payloads that are only a number are not compared: lifetimes and lengths. */
  readonly numbers: boolean
}

/** One request of a case. */
export interface Step extends Request {
  /** The request is repeated until the response's body matches. */
  readonly until: RegExp | null
}

/** One row of the comparison. */
export interface Case {
  readonly name: string
  readonly steps: readonly Step[]
  /** The steps share a cookie jar. */
  readonly cookies: boolean
  /** What is replaced before the comparison; of a pattern with a group, only the group is. */
  readonly mask: readonly RegExp[]
  /** The same, unless both servers serve one build. */
  readonly buildMask: readonly RegExp[]
  /** Fields whose comma-separated members are compared in any order. */
  readonly unordered: readonly string[]
  /** Also compares the names in `Vary` by which React's payloads differ: the response is a page. */
  readonly exactVary: boolean
  /** Also compared: that the start of the body arrives before its end. */
  readonly stream: boolean
  readonly differs: Differs | null
  /** Whether it is also sent to `next dev` and `millrace dev`, or only to these. */
  readonly dev: boolean | 'only'
  /** Replaces `differs` for the development servers; null: the same. */
  readonly devDiffers: Differs | null
}

/** The cases of one data file. */
export interface CaseFile {
  /** The file's name without `.json`. */
  readonly name: string
  readonly area: Area
  readonly cases: readonly Case[]
}

/** A project and the requests that are sent to it. */
export interface Fixture {
  readonly name: string
  readonly directory: string
  /** The folder whose `node_modules` it uses. */
  readonly packages: string
  readonly description: string
  /** Added to the environment of both servers and of their builds. */
  readonly env: Readonly<Record<string, string>>
  /** It also runs under `next dev` and `millrace dev`. */
  readonly dev: boolean
  /** Whether the tests also send its requests to routes of the engine `next`. */
  readonly engines: boolean
  /**
   * A script with another server that runs beside the two (an upstream), relative to the fixture;
   * null: none.
   */
  readonly secondServer: string | null
  /** Arguments of `create-next-app`, whose output the fixture's files complete; null: not used. */
  readonly template: readonly string[] | null
  readonly files: readonly CaseFile[]
}

const stepKeys = [
  'name',
  'method',
  'path',
  'headers',
  'body',
  'chunked',
  'raw',
  'answers',
  'capture',
  'until',
  'why',
]
const caseKeys = [...stepKeys, 'steps', 'cookies', 'mask', 'unordered', 'stream', 'differs', 'dev']
const seriesKeys = [...caseKeys.filter((key) => key !== 'steps' && key !== 'path'), 'paths', 'as']

/** The fields in which an HTML error page of Next.js differs from plain text. */
const errorPageFields = [
  'content-type',
  'content-length',
  'etag',
  'vary',
  'cache-control',
  'link',
  'x-nextjs-cache',
  'x-nextjs-prerender',
  'x-nextjs-stale-time',
  'x-powered-by',
]

function latin1(data: Checked): string {
  const text = data.text()
  if (/[^\0-\xff]/.test(text))
    throw data.error(
      'one character is one byte here: write other characters as the bytes of their encoding, or escape them',
    )
  return text
}

function readBody(data: Checked): Buffer {
  if (data.isText()) return Buffer.from(data.text())
  data.only(['base64', 'json', 'repeat', 'times'])
  if (data.has('base64')) return Buffer.from(data.at('base64').text(), 'base64')
  if (data.has('json')) return Buffer.from(JSON.stringify(data.at('json').value))
  if (data.has('repeat'))
    return Buffer.from(data.at('repeat').text().repeat(data.at('times').number()))
  throw data.error('expected a string, {"base64"}, {"json"} or {"repeat", "times"}')
}

function readHeaders(data: Checked): [string, string][] {
  return data
    .entries()
    .flatMap(([name, value]) =>
      (value.isText() ? [value] : value.list()).map((item): [string, string] => [
        name,
        latin1(item),
      ]),
    )
}

function readCapture(data: Checked): Capture {
  data.only(['json', 'header', 'match'])
  if (data.has('json')) return { json: data.at('json').text() }
  if (data.has('header')) return { header: data.at('header').text().toLowerCase() }
  return { match: data.at('match').pattern() }
}

function readStep(data: Checked): Step {
  const raw = data.has('raw') ? latin1(data.at('raw')) : null
  if (raw !== null && ['method', 'path', 'headers', 'body', 'chunked'].some((key) => data.has(key)))
    throw data.error('"raw" is the complete request')
  const method =
    raw !== null
      ? (/^\S*/.exec(raw)?.[0] ?? '')
      : data.has('method')
        ? data.at('method').text()
        : 'GET'
  const headers = data.has('headers') ? readHeaders(data.at('headers')) : []
  const body = data.has('body') ? readBody(data.at('body')) : null
  if (
    body &&
    !data.at('body').isText() &&
    data.at('body').has('json') &&
    !headers.some(([name]) => name.toLowerCase() === 'content-type')
  ) {
    headers.push(['Content-Type', 'application/json'])
  }
  const captures = data.has('capture') ? data.at('capture').entries() : []
  return {
    method,
    path: raw === null ? latin1(data.at('path')) : '',
    headers,
    body,
    chunked: data.flag('chunked'),
    raw,
    methods: data.has('answers')
      ? data
          .at('answers')
          .list()
          .map((item) => item.text())
      : [method],
    capture: new Map(captures.map(([name, value]) => [name, readCapture(value)])),
    until: data.has('until') ? data.at('until').only(['body']).at('body').pattern() : null,
  }
}

/**
 * The fields in which an error response of `millrace dev` differs: it describes the error and its
 * place.
 */
const devErrorFields = [
  'content-type',
  'content-length',
  'etag',
  'cache-control',
  'x-content-type-options',
  'x-powered-by',
  'x-set-before',
]

const usualFields = new Map([
  ['error-pages', errorPageFields],
  ['dev-errors', devErrorFields],
])

function readDiffers(data: Checked): Differs {
  data.only(['id', 'status', 'headers', 'body', 'numbers'])
  const id = data.at('id').text()
  const usual = data.has('headers') || data.has('body') ? undefined : usualFields.get(id)
  return {
    id,
    ...(data.has('status') ? { status: data.at('status').number() } : {}),
    headers:
      usual ??
      (data.has('headers')
        ? data
            .at('headers')
            .list()
            .map((item) => item.text().toLowerCase())
        : []),
    body: usual !== undefined || data.flag('body'),
    numbers: data.flag('numbers'),
  }
}

function readDev(data: Checked): Pick<Case, 'dev' | 'devDiffers'> {
  if (!data.has('dev')) return { dev: true, devDiffers: null }
  const { value } = data.at('dev')
  if (value === 'only' || value === true || value === false) return { dev: value, devDiffers: null }
  return { dev: true, devDiffers: readDiffers(data.at('dev').only(['differs']).at('differs')) }
}

function readMask(data: Checked, key: 'mask' | 'buildMask' = 'mask'): RegExp[] {
  return data.has(key)
    ? data
        .at(key)
        .list()
        .map((item) => item.pattern('g'))
    : []
}

/** What the cases of a file have in common. */
interface Shared {
  readonly isPage: boolean
  readonly mask: readonly RegExp[]
  readonly buildMask: readonly RegExp[]
  /** Requests that a series sends for each path: members of a step, and a query to add. */
  readonly forms: ReadonlyMap<string, Checked>
}

/** Reads a case, or a series: one case for each of its paths in each of the forms it names. */
function readCasesOf(data: Checked, shared: Shared): Case[] {
  if (!data.has('paths')) return [readCase(data, shared)]
  data.only(seriesKeys)
  const paths = data.at('paths').list()
  const forms = data.has('as') ? data.at('as').list() : [null]
  const { paths: _, as: __, ...common } = data.value as Record<string, unknown>
  return forms.flatMap((form) => {
    const found = form === null ? null : shared.forms.get(form.text())
    if (found === undefined) throw form!.error('expected the name of one of the file\'s "forms"')
    const { query, ...members } = (found?.value ?? {}) as Record<string, unknown>
    return paths.map((item) => {
      const path = item.text()
      const added = query === undefined ? '' : `${path.includes('?') ? '&' : '?'}${String(query)}`
      const name = `${data.at('name').text()}: ${form === null ? '' : `${form.text()} `}${path}`
      return readCase(item.with({ ...common, ...members, name, path: path + added }), shared)
    })
  })
}

function readCase(data: Checked, { isPage, mask, buildMask }: Shared): Case {
  data.only(caseKeys)
  const steps = data.has('steps') ? data.at('steps').list() : [data]
  if (data.has('steps')) {
    for (const step of steps) step.only(stepKeys)
    for (const key of ['path', 'raw', 'body', 'until'])
      if (data.has(key)) throw data.at(key).error('belongs in a step if there are "steps"')
  }
  return {
    name: data.at('name').text(),
    steps: steps.map(readStep),
    cookies: data.flag('cookies'),
    mask: [...mask, ...readMask(data)],
    buildMask,
    exactVary: isPage,
    unordered: data.has('unordered')
      ? data
          .at('unordered')
          .list()
          .map((item) => item.text().toLowerCase())
      : [],
    stream: data.flag('stream'),
    differs: data.has('differs') ? readDiffers(data.at('differs')) : null,
    ...readDev(data),
  }
}

/** Returns the cases of a data file's content. `path` is for error messages. */
export function readCases(path: string, content: string): CaseFile {
  const data = DataError.parse(path, content)
  data.only(['area', 'cases', 'why', 'mask', 'buildMask', 'forms'])
  const area = areas.find((known) => known === data.at('area').text())
  if (!area) throw data.at('area').error(`expected one of: ${areas.join(', ')}`)
  const shared: Shared = {
    isPage: area === 'Pages',
    mask: readMask(data),
    buildMask: readMask(data, 'buildMask'),
    forms: new Map(data.has('forms') ? data.at('forms').entries() : []),
  }
  const cases = data
    .at('cases')
    .list()
    .flatMap((one) => readCasesOf(one, shared))
  const names = new Set<string>()
  for (const { name } of cases) {
    if (names.has(name)) throw data.error(`two cases are called "${name}"`)
    names.add(name)
  }
  return { name: basename(path, '.json'), area, cases }
}

function readFixture(folder: string, name: string, packages: string): Fixture {
  const directory = join(folder, name)
  const file = join(directory, 'conformance/fixture.json')
  if (!existsSync(file))
    throw new Error(
      `${file} is missing: it describes the fixture (see tests/conformance/README.md)`,
    )
  const data = DataError.parse(file, readFileSync(file, 'utf8')).only([
    'description',
    'env',
    'dev',
    'engines',
    'secondServer',
    'template',
  ])
  const names = readdirSync(join(directory, 'conformance'))
    .filter((entry) => entry.endsWith('.json') && entry !== 'fixture.json')
    .sort()
  return {
    name,
    directory,
    packages,
    description: data.at('description').text(),
    env: data.has('env')
      ? Object.fromEntries(
          data
            .at('env')
            .entries()
            .map(([key, value]) => [key, value.text().replaceAll('{{fixture}}', directory)]),
        )
      : {},
    dev: data.flag('dev'),
    engines: data.flag('engines'),
    secondServer: data.has('secondServer') ? data.at('secondServer').text() : null,
    template: data.has('template')
      ? data
          .at('template')
          .list()
          .map((item) => item.text())
      : null,
    files: names.map((entry) => {
      const path = join(directory, 'conformance', entry)
      return readCases(path, readFileSync(path, 'utf8'))
    }),
  }
}

/**
 * Returns the fixtures of a folder, all or the named ones, by name. `packages`: the folder whose
 * `node_modules` they use.
 */
export function readFixtures(
  folder: string,
  wanted: readonly string[] = [],
  packages = repository,
): Fixture[] {
  const found = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
  for (const name of wanted)
    if (!found.includes(name))
      throw new Error(`${folder} contains no fixture ${name}; it contains: ${found.join(', ')}`)
  return found
    .filter((name) => wanted.length === 0 || wanted.includes(name))
    .map((name) => readFixture(folder, name, packages))
}
