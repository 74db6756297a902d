/**
 * Writes zod_cases.json, which the unit tests read: zod's result for each input below, for schemas
 * that zod_cases_test.cpp defines as structs. Run it from the repository after `npm ci`:
 * `node sdk/test/zod_cases.mjs`.
 */
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const signUp = z
  .object({
    email: z.string().email(),
    password: z.string().min(8).max(72).regex(/[0-9]/, 'Must contain a digit'),
    age: z.int32().min(18).optional(),
    role: z.enum(['admin', 'user']),
    address: z.object({ street: z.string().trim().min(1), zip: z.string().length(5) }),
    tags: z.array(z.object({ label: z.string().min(2), weight: z.number().default(1) })).max(3),
  })
  .refine((value) => value.password !== value.email, {
    path: ['password'],
    message: 'Must differ from the address',
  })
  .refine(
    (value) => value.role !== 'admin' || value.age !== undefined,
    'An administrator has an age',
  )

const texts = z.strictObject({
  id: z.string().uuid().optional(),
  home: z.string().url('No link').optional(),
  link: z.string().url().optional(),
  code: z
    .string()
    .regex(/^[A-Z]{2}\/\d+$/)
    .optional(),
  path: z.string().startsWith('/').endsWith('.js').includes('api').optional(),
  // Absent and null are the same in C++.
  name: z
    .string('Say your name')
    .min(3)
    .nullish()
    .transform((name) => name ?? undefined),
  nick: z.string().max(3, 'Too long').optional(),
  kind: z.enum(['only']).optional(),
  mail: z.string().email().optional(),
})

const numbers = z.object({
  byte: z.int32().min(0).max(255).optional(),
  count: z.uint32().optional(),
  ratio: z.number().positive().max(1.5).optional(),
  step: z.number().multipleOf(0.1).optional(),
  whole: z.number().int().optional(),
  level: z.literal([1, 2, 3]).optional(),
  debt: z.number().negative().optional(),
  gain: z.number().nonnegative().optional(),
})

const shapes = z.object({
  flag: z.boolean().default(true),
  color: z.enum(['red', 'green']).default('green'),
  names: z.array(z.string().min(1)).nonempty().default(['a']),
  marks: z.record(z.string(), z.number()).optional(),
  holes: z.array(z.number().nullable()).optional(),
  pair: z.array(z.boolean()).length(2).optional(),
  either: z.union([z.string(), z.number(), z.object({ x: z.number().min(1) })]).optional(),
  any: z.any().optional(),
  nested: z
    .object(
      { strict: z.strictObject({ a: z.string() }), list: z.array(z.array(z.int32())) },
      'No group',
    )
    .optional(),
})

const required = z.object({
  text: z.string(),
  number: z.number(),
  integer: z.int32(),
  flag: z.boolean(),
  list: z.array(z.string()),
  map: z.record(z.string(), z.string()),
  color: z.enum(['red', 'green']),
  object: z.object({ x: z.number() }),
  any: z.any(),
})

const form = z.object({
  name: z.string().trim().min(1),
  age: z.coerce.number().int().min(18),
  ratio: z.coerce.number().max(1).optional(),
  tags: z.array(z.string().min(2)).optional(),
})

const good = {
  email: 'ann@example.com',
  password: 'secret12',
  role: 'user',
  address: { street: 'Main', zip: '12345' },
  tags: [],
}
const id = '123e4567-e89b-12d3-a456-426614174000'
const links = [
  'https://example.com',
  'http://localhost:3000/a?b#c',
  ' https://a.b ',
  'example.com',
  '/path',
  'mailto:a@b',
  'http://',
  'http:a',
  'https:/x',
  'HTTP://EXAMPLE.COM',
  'http://a b',
  'http://a%20b',
  'http://[::1]:80/',
  'http://[1::2::3]/',
  'http://[::1',
  'http://1.2.3.4',
  'http://1.2.3.256',
  'http://256',
  'http://1.2.3.4.5',
  'http://0x7f.1',
  'http://u:p@h',
  'http://u@/',
  'http://h:99999',
  'http://h:80a',
  'http://h:',
  'foo://',
  'foo://h:1/x',
  'foo://a b',
  'a:b',
  '1a:b',
  'file:///etc',
  'file://host/x',
  'javascript:alert(1)',
  'http://exa\nmple.com',
  'http://a<b',
  'http://ä.de',
  'http://a..b',
  'http:///x',
  'ws://',
  '',
  ':',
  'http://a\\b',
  'http://%zz',
  'http://a.0x',
  'http://[::ffff:1.2.3.4]',
  'http://[1:2:3:4:5:6:7:8]',
  'http://[1:2:3:4:5:6:7]',
  'http://a_b',
  'data:,x',
  'https://?',
  'http://09',
]
const mails = [
  'a@b.co',
  'a.b+c@d-e.org',
  "o'neil@x.io",
  "oneil'@x.io",
  '.a@b.co',
  'a.@b.co',
  'a..b@c.co',
  'a@b',
  'a@b.c',
  'a@-b.co',
  'a@b-.co',
  'a@b..co',
  'a@b.c1',
  'a b@c.co',
  'ä@b.co',
  'a@b@c.co',
  '@b.co',
  'a@',
  '',
  'A@B.CO',
  'a@1.2.co',
  'a_b@c.co',
  'a@b.co\n',
  '-a@b.co',
  'a!b@c.co',
]

const cases = [
  [
    'signUp',
    signUp,
    [
      good,
      {},
      null,
      [],
      'text',
      7,
      true,
      { ...good, age: 17 },
      { ...good, age: 18 },
      { ...good, age: 18.5 },
      { ...good, age: '18' },
      { ...good, age: null },
      { ...good, email: 'ann' },
      { ...good, email: 7 },
      { ...good, password: 'short' },
      { ...good, password: 'x'.repeat(80) },
      { ...good, password: '' },
      { ...good, password: 12345678 },
      { ...good, password: ['1'] },
      { ...good, role: 'root' },
      { ...good, role: 1 },
      { ...good, role: undefined },
      { ...good, role: 'admin' },
      { ...good, role: 'admin', age: 40 },
      { ...good, address: null },
      { ...good, address: {} },
      { ...good, address: { street: '  ', zip: '1234' } },
      { ...good, address: { street: ' x ', zip: '123456' } },
      { ...good, address: { street: '\u00a0\ufeffx\u2028', zip: '😀😀😀😀😀' } },
      { ...good, tags: [{ label: 'ab' }, { label: 'cd', weight: 2.5 }] },
      { ...good, tags: [{ label: 'a' }, {}, 3] },
      { ...good, tags: [{ label: 'ab' }, { label: 'ab' }, { label: 'ab' }, { label: 'ab' }] },
      { ...good, tags: [{ label: 'a' }, {}, 3, 4] },
      { ...good, role: 'admin', tags: [{}, {}, {}, {}] },
      { ...good, tags: 'none' },
      { ...good, tags: { length: 1 } },
      { ...good, extra: 1 },
      { ...good, email: 'a1@example.com', password: 'a1@example.com' },
      { ...good, email: 'a1@example.com', password: 'a1@example.com', role: 'admin' },
      { ...good, email: 'bad1', password: 'bad1', role: 'admin' },
      { ...good, password: '😀😀😀😀😀😀1' },
      { ...good, password: '😀😀😀😀😀😀12' },
    ],
  ],
  [
    'texts',
    texts,
    [
      {},
      { id },
      { id: id.toUpperCase() },
      { id: '00000000-0000-0000-0000-000000000000' },
      { id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' },
      { id: 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF' },
      { id: '123e4567-e89b-02d3-a456-426614174000' },
      { id: '123e4567-e89b-12d3-c456-426614174000' },
      { id: `${id}0` },
      { id: id.slice(1) },
      { id: 'x'.repeat(36) },
      { home: 'no' },
      { home: 3 },
      ...links.map((link) => ({ link })),
      ...mails.map((mail) => ({ mail })),
      { code: 'DE/1' },
      { code: 'DE/1\n' },
      { code: 'de/1' },
      { code: null },
      { path: '/api/x.js' },
      { path: 'lib' },
      { name: null },
      { name: 'ab' },
      { name: 7 },
      { name: 'abc' },
      { nick: 'abcd' },
      { nick: 4 },
      { nick: [1, 2, 3, 4] },
      { kind: 'only' },
      { kind: 'other' },
      { what: 1 },
      { what: 1, ever: 2, id },
    ],
  ],
  [
    'numbers',
    numbers,
    [
      {},
      { byte: 0 },
      { byte: 256 },
      { byte: -1 },
      { byte: 1.5 },
      { byte: 3000000000 },
      { byte: 1e20 },
      { byte: -1e20 },
      { byte: '1' },
      { byte: 1e2 },
      { count: -1 },
      { count: 4294967296 },
      { count: 4294967295 },
      { ratio: 0 },
      { ratio: 1.5 },
      { ratio: 2 },
      { ratio: -1 },
      { ratio: true },
      { step: 0.3 },
      { step: 0.35 },
      { step: 7 },
      { step: -0.7 },
      { whole: 1.5 },
      { whole: 1e300 },
      { whole: -1e300 },
      { whole: 3 },
      { level: 2 },
      { level: 4 },
      { level: '1' },
      { level: 1.5 },
      { level: null },
      { level: 1e10 },
      { level: -1e10 },
      { level: 1e300 },
      { debt: 0 },
      { debt: -0.5 },
      { gain: -0.5 },
      { gain: 0 },
      // biome-ignore lint/correctness/noPrecisionLoss: more digits than a double has are the case.
      { ratio: 0.1234567890123456789 },
      { gain: 1e21 },
      { gain: 1e-7 },
    ],
  ],
  [
    'shapes',
    shapes,
    [
      {},
      { flag: false },
      { flag: 'true' },
      { flag: null },
      { color: 'red' },
      { color: 'blue' },
      { color: null },
      { color: 0 },
      { names: [] },
      { names: ['b', ''] },
      { names: 'b' },
      { names: '' },
      { marks: {} },
      { marks: { a: 1, b: 'x', c: null } },
      { marks: { a: 1.5 } },
      { marks: [1] },
      { holes: [1, null, 2] },
      { holes: [1, 'x'] },
      { pair: [true, false] },
      { pair: [true] },
      { pair: [true, false, true] },
      { pair: [1, 2] },
      { pair: [1, 2, 3] },
      { pair: [1] },
      { either: 's' },
      { either: 5 },
      { either: { x: 1 } },
      { either: { x: 0 } },
      { either: { x: 's' } },
      { either: null },
      { either: [] },
      { any: null },
      { any: { deep: [1, 'a', { b: null }] } },
      { nested: {} },
      { nested: 3 },
      { nested: { strict: { a: 'x', b: 1 }, list: [[1, 2], [3.5], 4] } },
      { nested: { strict: { a: 'x' }, list: [] } },
      { '': 1, flag: true },
    ],
  ],
  [
    'required',
    required,
    [
      {},
      {
        text: null,
        number: null,
        integer: null,
        flag: null,
        list: null,
        map: null,
        color: null,
        object: null,
        any: null,
      },
      {
        text: [],
        number: [],
        integer: [],
        flag: [],
        list: {},
        map: [],
        color: [],
        object: [],
        any: [],
      },
      {
        text: {},
        number: {},
        integer: '',
        flag: 0,
        list: '',
        map: '',
        color: {},
        object: 'x',
        any: 1,
      },
      {
        text: '"quoted" \\ \u0001 \u2028',
        number: 0.1,
        integer: -5,
        flag: false,
        list: ['ä', '😀'],
        map: { a: 'b' },
        color: 'red',
        object: { x: -1.5e-9 },
        any: [1.5, true],
      },
    ],
  ],
]
const raw = [
  [
    'numbers',
    numbers,
    [
      '{"ratio":1e999}',
      '{"byte":1,"byte":2}',
      '{"ratio":-1e999}',
      '{"byte":-0}',
      ' {"byte" : 7 } ',
      '{"gain":123456789012345678901234567890}',
      '{"step":1.0}',
      '{"byte":7.0}',
    ],
  ],
]
const forms = [
  [
    ['name', ' Ann '],
    ['age', '20'],
  ],
  [],
  [
    ['name', ''],
    ['age', 'old'],
  ],
  [
    ['name', 'x'],
    ['age', '18.5'],
    ['ratio', '1.5'],
  ],
  [
    ['name', 'x'],
    ['age', '17'],
    ['ratio', '0.5'],
    ['tags', 'ab'],
    ['tags', 'c'],
  ],
  [
    ['name', 'x'],
    ['age', ' 18 '],
    ['tags', 'one'],
    ['other', '1'],
  ],
  [
    ['name', 'a'],
    ['name', 'b'],
    ['age', '1e2'],
    ['ratio', '-1e-3'],
  ],
  [
    ['name', 'x'],
    ['age', '+19'],
    ['ratio', '--1'],
  ],
]

function judged(schema, input) {
  const result = schema.safeParse(input)
  return result.success
    ? { value: JSON.stringify(result.data) }
    : { flat: result.error.flatten(), paths: result.error.issues.map((issue) => issue.path) }
}

/** The object that a JavaScript program builds from a form and passes to zod. */
function formObject(entries) {
  const object = Object.fromEntries(entries)
  const tags = entries.filter(([name]) => name === 'tags').map(([, text]) => text)
  if (tags.length > 0) object.tags = tags
  return object
}

const lines = []
for (const [schema, type, inputs] of cases) {
  for (const input of inputs) {
    const text = JSON.stringify(input)
    lines.push({ schema, text, ...judged(type, JSON.parse(text)) })
  }
}
for (const [schema, type, texts] of raw)
  for (const text of texts) lines.push({ schema, text, ...judged(type, JSON.parse(text)) })
// z.coerce converts a missing number (undefined) to NaN, while the server treats an absent name as
// absent.
for (const entries of forms) {
  const object = formObject(entries)
  const type = object.age === undefined ? form.extend({ age: z.number() }) : form
  lines.push({ schema: 'form', form: entries, ...judged(type, object) })
}
const patterns = {
  '[0-9]': ['a1', 'a'],
  '^a$': ['a', 'a\n', 'b\na', 'a\nb'],
  '^.$': ['a', '\n', '\u2028', 'ä', '😀', '\r'],
  '^..$': ['😀', 'ab'],
  '^\\w+$': ['abc_9', 'ä', 'K'],
  '\\s': ['\u00a0', '\ufeff', '\u2003', 'x', '\v', '\u180e'],
  '^[\\s]$': ['\u3000', 's'],
  '^[\\S]$': ['\u00a0', 'x', '\ufeff', '\u2003', '\0', '\uffff'],
  '^[^\\S]$': [' ', '\u00a0', 'x', '\u3000'],
  '^a{2,3}?b{1}c{1,}?$': ['aabc', 'abc'],
  '^a??b+?[*+?]+$': ['b*+?', 'ab'],
  '^\\S$': ['\u00a0', 'x', 'ä'],
  '[\\s\\S]': ['', 'ä'],
  '^[^]$': ['\n', ''],
  '[]': ['', 'a'],
  '\\u00e4': ['ä', 'u00e4'],
  '^[\\u4e00-\\u9fff]+$': ['漢字', 'kanji'],
  '[äö]': ['ö', 'ü', '\u00c3'],
  '^\\x41$': ['A', 'x41'],
  '\\d': ['٣', '3'],
  A: ['a'],
  '(?:a|b){2}c': ['abc', 'ac'],
  '(a)\\1': ['aa', 'ab'],
  '(?=.*[A-Z])(?=.*\\d).{4,}': ['Ab1c', 'ab1c'],
  '(?<!x)y': ['xy', 'zy'],
  '^[[:alpha:]]$': ['a]', 'b', ':]'],
  '\\A': ['A', ''],
  '\\z': ['z', ''],
  '\\bfoo\\b': ['a foo b', 'afoo'],
  '^[\\b]$': ['\b', 'b'],
  '\\/': ['/', '\\'],
  'a/b[/]': ['a/b/', 'ab'],
  '\\0': ['\u0000', '0'],
  '\\<a\\>': ['<a>', 'a'],
  '^a|b$': ['ax', 'xb', 'xax'],
  '\\.': ['.', 'a'],
  'a{,2}': ['a{,2}', 'aa'],
  '(?<year>\\d{4})-\\k<year>': ['2024-2024', '2024-2025'],
  '^\\p$': ['p', 'a'],
  '': ['', 'a'],
  '^[a-z0-9-]+$': ['a-b', 'A'],
  '^[\\w.-]+$': ['a.b-c', 'a b'],
  '\\cJ': ['\n', 'J'],
  '^\\W$': ['ä', 'a'],
  'x*?y': ['xxy', 'x'],
  '^#[0-9a-f]{6}$': ['#00ff00', '#00ff0'],
  '^\\+?[1-9]\\d{1,14}$': ['+4917012345', '0170'],
  '^(?!.*\\.\\.)[a-z.]+$': ['a.b', 'a..b'],
  '\\h': ['h', ' '],
  '\\Qa': ['Qa', 'a'],
  '^[\\]a]$': [']', 'b'],
  '^[a\\-z]$': ['-', 'b'],
}
for (const [pattern, texts] of Object.entries(patterns)) {
  for (const text of texts)
    lines.push({
      pattern,
      shown: String(new RegExp(pattern)),
      text,
      matches: new RegExp(pattern).test(text),
    })
}
const here = dirname(fileURLToPath(import.meta.url))
writeFileSync(
  join(here, 'zod_cases.json'),
  `[\n${lines.map((line) => JSON.stringify(line)).join(',\n')}\n]\n`,
)
