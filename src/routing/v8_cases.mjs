/**
 * Compares the server's pattern matches with those of V8's RegExp: for patterns that Next.js makes
 * of paths, patterns of conditions and random patterns, with targets of hostile length and content.
 * The server may return "cannot tell", except for the first kind; it must never return yes where V8
 * returns no, or no where V8 returns yes.
 *
 *     node src/routing/v8_cases.mjs build/asan/src/routing/millrace_pattern_results [CASES [SEED]]
 *
 * CASES is the number of each kind (default 600); the same seed generates the same cases.
 */
import { spawnSync } from 'node:child_process'
import { compileMatchers } from '../../builder/src/proxy/matchers.ts'
import { compileSource } from '../../builder/src/rules/pattern.ts'

const [program, cases = '600', seed = '1'] = process.argv.slice(2)
/** The maximum size of an HTTP request's head. */
const longest = 16 * 1024

/** Generates the same numbers on every machine (mulberry32). */
let state = Number(seed)
function random() {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
}
const below = (limit) => Math.floor(random() * limit)
const one = (list) => list[below(list.length)]
const many = (most, make) => Array.from({ length: below(most + 1) }, make)

const paths = [
  '/',
  '/api/:path*',
  '/api/:path+',
  '/:path*',
  '/:path+',
  '/api/:a/:path*',
  '{/:path}*',
  '/api{/:path}*',
  '{/:a}+',
  '/:id',
  '/:id?',
  '/a/:id(\\d{1,})',
  '/:id(\\d+)/:rest*',
  '/((?!api|_next/static|_next/image|favicon.ico).*)',
  '/((?!api/|_next/|_static/|[\\w-]+\\.\\w+).*)',
  '/((?!.*\\..*|_next).*)',
  '/(.*)',
  '/api/(.*)',
  '/(api|trpc)(.*)',
  '/:path(.*)',
  '/blog/:slug(.+)',
  '/:lang(en|fr|de)/:rest*',
  '/:file([^/]+\\.png)',
  '/@:user',
  '/x/:path(a|b)*',
  '/:a?/:b?/:c?',
  '/docs/:v(v\\d)?/:rest*',
  '/(a|b|c)/:x*',
  '/:all((?:en|fr)/.*)',
  '/:path((?!.*secret).*)',
  '/caf%C3%A9/:x',
  '/naïve/:x',
  '/:x([а-я]+)',
  '/:x(.)',
  '/:x(\\s+)',
  '/:x([^a-z]+)',
  '/api/:path*/edit',
  '/api/:path*/edit/:rest*',
  '/:x(\\w+)*',
]
/**
 * Where one segment has several parameters, a failing match takes time quadratic in its length, in
 * V8 too.
 */
const crowded = ['/files/:name.:ext', '/:a-:b', '/:from([a-z-]+)-to-:to', '/:path*.json']
const pieces = [
  '/api',
  '/a',
  '/:one',
  '/:two?',
  '/:three*',
  '/:four+',
  '{/:five}?',
  '{/:six}*',
  '/:seven(\\d+)',
  '/(.*)',
  '/((?!api).*)',
  '/x.y',
]
const configs = [
  {},
  {},
  { basePath: '/docs' },
  { i18n: { locales: ['en', 'fr-CA'] } },
  { basePath: '/docs', i18n: { locales: ['en'] } },
]

const segments = [
  'a',
  'z',
  'ab',
  'api',
  'API',
  'docs',
  'en',
  'fr-CA',
  '_next',
  '_next/data/b',
  '1',
  '12',
  'x.y',
  'a.json',
  'index',
  'index.rsc',
  '.rsc',
  '.segments/x.segment.rsc',
  'edit',
  '%61',
  '%2F',
  '%',
  '%zz',
  '%C3%A9',
  'a-b',
  '-',
  '',
  '.',
  '..',
  'secret',
  "~!$&'()*+,;=:@",
  'caf%C3%A9',
  'K',
  'ſ',
]
const strange = [
  '\n',
  '\r',
  '\r\n',
  '\u2028',
  '\u2029',
  '\0',
  '\x01',
  '\x85',
  '\xa0',
  '\ufeff',
  ' ',
  '\t',
  '\v',
  'é',
  'É',
  'ÿ',
  'К',
  'я',
  '😀',
  '\ufffd',
  '?',
  '#',
  '\\',
]
const conditions = [
  '(?<user>.*)',
  'Bearer\\s+(?<token>\\S+)',
  '(?!admin).*',
  '[^;]*',
  '\\w+',
  'a|b',
  '(?<x>a)|(?<y>b)',
  '.*bot.*',
  '\\p{L}+',
  '\\h+',
  '[^]',
  '[]',
  '(?<=a)b',
  '.*(?<!a)b',
  '\\u0041+',
  '\\u{2}',
  '\\x41',
  '\\x4',
  '\\cA',
  '\\0',
  '\\12',
  '\\8',
  '(a)|b\\1',
  '(a)\\1',
  '(?<n>a|b)\\k<n>',
  '[\\s\\S]*',
  '[\\b]',
  'é+',
  '\\bfoo\\b',
  '.{3}',
  '[а-яё]+',
  '\\$',
  'a{2,3}',
  'a{,3}',
  '{',
  ']',
  '}',
  '(?:a|b)*?c',
  '[\\d-x]+',
  '[^\\W\\d]+',
  '\\-',
  '\\Z',
  '\\A',
  '\\Q.\\E',
  '\\R',
  '\\K',
  '\\N',
  '\\X',
  '\\G',
  '\\e',
  '\\a',
  '\\z',
  '(?=.*\\d)(?=.*[a-z]).{8,}',
  '(\\w)\\1',
  '[[:alpha:]]+',
  '[\\w.-]+@[\\w.-]+',
  '\\s*',
  '\\S*',
  '\\D+',
  '\\B.*',
  '[\\x80-\\xff]+',
  '[\\u0080-\\uffff]+',
  '.+',
  '.',
  '..',
  'a$|b',
  '\\^',
  '[a^]+',
  '[--0]+',
  '[a-]+',
  '(?:)',
  '()',
  'x*?',
  '(?:a?)*b',
  '😀+',
  '[😀]+',
]
const atoms = [
  'a',
  'b',
  'B',
  '[A-b]',
  '[^B]',
  '[Z-a]',
  '\\u017f',
  '\\u212a',
  'c',
  '.',
  '\\w',
  '\\W',
  '\\d',
  '\\s',
  '\\S',
  '[ab]',
  '[^a]',
  '[^\\s]',
  '[\\S-]',
  '\\n',
  '\\b',
  '\\B',
  '^',
  '$',
  'é',
  '\\xe9',
  '\\u2028',
  '\\1',
  '\\2',
  '[]',
  '[^]',
  '/',
]
const quantifiers = [
  '',
  '',
  '',
  '',
  '*',
  '+',
  '?',
  '*?',
  '+?',
  '??',
  '{2}',
  '{1,2}',
  '{0,2}?',
  '{,2}',
  '{0}',
]

/** Returns a path that the source probably matches. */
function path(most, source) {
  const kind = below(6)
  const literal = /^[\w/%@]*/.exec(source)[0].replace(/\/$/, '')
  let made =
    one(['', '', '', '/docs', '/en', '/docs/en', '/fr-CA', '/_next/data/b']) +
    one([literal, literal, literal, '/api', '', one(segments)])
  if (kind === 0) made += `/${one(segments)}`.repeat(below(most / 2))
  if (kind === 1) made += `/${one(segments.concat(strange)).repeat(below(most))}`
  if (kind === 2) made += many(6, () => `/${one(segments)}`).join('')
  if (kind === 3) made += many(40, () => one(['/', one(segments), one(strange)])).join('')
  if (kind === 4)
    made +=
      '/a'.repeat(below(most / 2)) +
      one(['/', '//', '/\n', '\n', '/z', '/edit', '.json', '?', '/%0A'])
  return (
    (made + one(['', '', '', '/', '/z', '.json', '.rsc', '\n', '\r', '\u2028', one(strange)]))
      .slice(0, most)
      .toWellFormed() || '/'
  )
}

const size = () => Math.max(4, Math.floor(2 ** (2 + random() * 12.01)))

function fromPaths() {
  const isCrowded = below(12) === 0
  const source = isCrowded
    ? one(crowded)
    : below(2)
      ? one(paths)
      : `/${one(['api', 'x', 'en'])}${many(3, () => one(pieces))
          .filter((piece, at, all) => all.indexOf(piece) === at)
          .join('')}`
  const subject = path(isCrowded ? 512 : Math.min(longest, size()), source)
  const isMatcher = below(2) === 0
  // Two adjacent lists can divide the segments between them in as many ways as there are segments.
  const lists = source.match(/[*+]/g)?.length ?? 0
  try {
    const regex = isMatcher
      ? compileMatchers(source, one(configs))[0].regex
      : compileSource(source, below(3) ? [] : ['\\/_next']).regex
    const fit = lists > 1 ? subject.slice(0, 256).toWellFormed() : subject
    return { regex, flags: isMatcher ? '' : 'i', subject: fit, made: true }
  } catch {
    return fromPaths()
  }
}

function fromConditions() {
  const isLatin1 = below(2) === 0
  const part = () =>
    one([
      'a',
      'b',
      'c',
      'aa',
      'foo',
      'A',
      '1',
      'x',
      'Bearer t',
      'admin',
      '@',
      '.',
      ...strange,
      ...'RKQENXGZeaz^$-][}{(),'.split(''),
    ])
  let subject = many(6, part).join('')
  if (below(8) === 0) subject = part().repeat(below(longest))
  subject = subject.slice(0, longest).toWellFormed()
  if (isLatin1) subject = subject.replace(/[^\0-\xff]/g, '\xe9')
  return {
    regex: `^${one(conditions)}$`,
    flags: '',
    subject,
    ...(isLatin1 ? { latin1: true } : {}),
  }
}

function expression(depth) {
  const term = () => {
    const group = depth > 0 && below(4) === 0
    const atom = group
      ? `${one(['(', '(', '(?:', '(?=', '(?!', '(?<=', '(?<!', '(?<n>'])}${expression(depth - 1)})`
      : one(atoms)
    return atom + one(quantifiers)
  }
  return Array.from({ length: 1 + below(2) }, () =>
    Array.from({ length: 1 + below(3) }, term).join(''),
  ).join('|')
}

function atRandom() {
  const flags = below(4) === 0 ? 'i' : ''
  const letters = [
    'a',
    'b',
    'c',
    '1',
    ' ',
    '\n',
    '/',
    'aa',
    'ab',
    ...(flags ? ['A', 'B', 'C', '_'] : ['é', '\u2028']),
  ]
  const subject = many(12, () => one(letters)).join('')
  return {
    regex: one(['', '^', '^']) + expression(2) + one(['', '$']),
    flags,
    subject,
    loose: true,
  }
}

function ofV8({ regex, flags, subject }) {
  let compiled
  try {
    compiled = new RegExp(regex, flags)
  } catch {
    return null
  }
  const found = compiled.exec(subject)
  return found === null
    ? { says: 'no' }
    : { says: 'yes', groups: Array.from(found, (group) => group ?? null) }
}

/**
 * A matcher has no parameters, so that its groups are not significant: an optional group that
 * matches nothing participates in PCRE2 as an empty text.
 */
const shown = (groups, { flags }) =>
  JSON.stringify(flags === 'i' ? groups : groups.map((group) => group || null))

/** Returns the error in a result, or undefined. */
function fault(given, said, expected) {
  if (expected === null) return undefined
  if (said.says === 'refused') return given.loose ? undefined : `refused: ${said.why}`
  for (const [engine, { says, groups, why }] of [
    ['compiled', said],
    ['interpreted', said.interpreted],
  ]) {
    if (says === 'cannot tell') {
      const isForeign = given.flags === 'i' && /[^\0-\x7f]/.test(given.subject)
      // Each segment may begin a match that ends at any later letter, which exceeds the bound on
      // the interpreter's work.
      const isCrowded = engine === 'interpreted' && given.subject.split('.segments/').length > 100
      if (given.made && !isForeign && !isCrowded) return `${engine}: cannot tell: ${why}`
    } else if (says !== expected.says) {
      return `${engine}: ${says}, V8: ${expected.says}`
    } else if (
      given.made &&
      says === 'yes' &&
      shown(groups, given) !== shown(expected.groups, given)
    ) {
      return `${engine}: other groups than V8: ${short(JSON.stringify(groups))} and ${short(JSON.stringify(expected.groups))}`
    }
  }
  return undefined
}

const short = (text) =>
  text.length > 300 ? `${text.slice(0, 200)} … ${text.slice(-80)} (${text.length})` : text

/** Cases that once had wrong results. */
const settled = []
for (const source of ['/api/:path*', '/api/:path+', '/:path*', '/api/:a/:path*', '/api{/:path}*']) {
  for (const count of [1, 2042, 2043, 4000, 7900]) {
    for (const end of ['z', '', '/', '\n']) {
      const subject = `/api/files/${'a/'.repeat(count)}${end}`
      settled.push({ regex: compileMatchers(source, {})[0].regex, flags: '', subject, made: true })
      settled.push({ regex: compileSource(source, []).regex, flags: 'i', subject, made: true })
    }
  }
}

/** Patterns for which V8 would search practically for ever. */
const hopeless = [
  '^(a+)+$',
  '^(a|a)*$',
  '^(a*)*b$',
  '^.*.*.*x$',
  '(?=(a+)+c)',
  '^(a|aa)+$',
  '^(a*)(a*)(a*)\\1\\2\\3x',
].map((regex) => ({
  regex,
  flags: '',
  subject: `${'a'.repeat(8000)}x!`,
}))

const all = [...settled]
for (let made = 0; made < Number(cases); ++made)
  all.push(fromPaths(), fromConditions(), atRandom(), atRandom())
const input = [...all, ...hopeless].map((given) => JSON.stringify(given)).join('\n')
const { stdout, stderr, status, error } = spawnSync(program, {
  input,
  encoding: 'utf8',
  maxBuffer: 2 ** 31,
})
if (status !== 0) throw new Error(`${program} failed (${status}): ${error ?? stderr}`)
const answers = stdout
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line))

const counts = {}
const faults = []
all.forEach((given, index) => {
  const said = answers[index]
  counts[said.says] = (counts[said.says] ?? 0) + 1
  const wrong = fault(given, said, ofV8(given))
  if (wrong !== undefined)
    faults.push(
      `/${given.regex}/${given.flags} against ${short(JSON.stringify(given.subject))}: ${wrong}`,
    )
})
hopeless.forEach((given, index) => {
  const said = answers[all.length + index]
  if (said.says !== 'refused' && (said.says === 'yes' || said.interpreted.says === 'yes'))
    faults.push(`/${given.regex}/ is said to match`)
})
for (const text of faults.slice(0, 20)) console.error(text)
console.log(`${all.length} cases, ${faults.length} wrong: ${JSON.stringify(counts)}`)
if (answers.length !== all.length + hopeless.length || faults.length > 0) process.exitCode = 1
