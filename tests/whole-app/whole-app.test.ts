/**
 * Compares whole apps, field by field: each fixture is built once, by `millrace build`, and its
 * requests go to `millrace start` and to a `next start` that serves the same output of `next
 * build`.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Differs, type Fixture, readFixtures } from '../conformance/cases.ts'
import { casesOf, type Prepared, prepare, Session } from '../conformance/session.ts'
import { repository } from '../e2e/support/index.ts'

const folder = join(import.meta.dirname, 'fixtures')
const fixtures = readFixtures(folder)
/** Those that are built here. Builds take long: run.ts compares the others, too. */
const compared = readFixtures(folder, ['app', 'cached', 'guarded', 'pages', 'template'])
const recorded = join(import.meta.dirname, 'recorded')

/** The entries of docs/differences.md that cases may name, with what each may leave out at most. */
const reasons: Readonly<Record<string, readonly string[]>> = {
  'missing-failure-page': [
    'status',
    'body',
    'content-type',
    'content-length',
    'etag',
    'cache-control',
    'vary',
    'allow',
    'x-blog',
    'x-powered-by',
  ],
  'late-cached-values': ['numbers', 'body'],
  'addresses-in-pages': ['body', 'etag', 'content-length'],
  'repeated-location': ['location'],
  'parameter-names-as-values': ['status', 'etag', 'content-length', 'body'],
  'missing-subresources': ['vary'],
  'not-found-itself': ['status', 'cache-control'],
  'missing-payloads': ['body', 'content-type', 'etag', 'x-powered-by'],
}

/** Cached values may come in time. */
const sometimes = ['late-cached-values']

const preparing = new Map<Fixture, Promise<Prepared>>()
/** Begins a fixture's build, so that it proceeds while the previous fixture is tested. */
function begin(fixture: Fixture | undefined): Promise<Prepared> | undefined {
  if (fixture && !preparing.has(fixture)) {
    const prepared = prepare(fixture, 'start', 'shared', false, 'auto')
    prepared.catch(() => {})
    preparing.set(fixture, prepared)
  }
  return fixture && preparing.get(fixture)
}

for (const [index, fixture] of compared.entries()) {
  describe(`whole app: ${fixture.name}`, () => {
    let session: Session
    before(async () => {
      const prepared = await begin(fixture)!
      void begin(compared[index + 1])
      session = await Session.start(prepared, 'start', recorded, 'shared')
    })
    after(() => session?.stop())

    for (const { file, one } of casesOf(fixture, 'start')) {
      test(`${file.name}: ${one.name}`, async () => {
        const { found, onPurpose } = await session.judge(file, one)
        assert.equal(found.length, 0, `${fixture.name}, ${file.name}.json\n  ${found.join('\n  ')}`)
        if (one.differs && !sometimes.includes(one.differs.id))
          assert.ok(onPurpose, `there is no difference that is called ${one.differs.id}`)
      })
    }
  })
}

/** What a case leaves out of the comparison. */
const leftOut = ({ status, headers, body, numbers }: Differs): string[] => [
  ...(status === undefined ? [] : ['status']),
  ...(body ? ['body'] : []),
  ...(numbers ? ['numbers'] : []),
  ...headers,
]

test('cases differ for known reasons only, each in named fields', () => {
  const documented = readFileSync(join(repository, 'docs/differences.md'), 'utf8')
  for (const fixture of fixtures) {
    for (const { one } of casesOf(fixture, 'start')) {
      if (!one.differs) continue
      const { id } = one.differs
      const what = `${fixture.name}: ${one.name}: ${id}`
      assert.ok(documented.includes(`\n### \`${id}\`\n`), `${what}: not in docs/differences.md`)
      assert.ok(leftOut(one.differs).length > 0, what)
      for (const name of leftOut(one.differs))
        assert.ok(reasons[id]?.includes(name), `${what}: ${name} must be equal`)
    }
  }
})

test('at least 500 requests are compared', () => {
  const steps = compared.flatMap((fixture) =>
    casesOf(fixture, 'start').flatMap(({ one }) => one.steps),
  )
  assert.ok(steps.length >= 500, `${steps.length} requests`)
})
