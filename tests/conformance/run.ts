/**
 * Sends every fixture's requests to Millrace and compares the responses with those of Next.js.
 * `--help` lists the options.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { repository } from '../e2e/support/index.ts'
import { type Fixture, readFixtures } from './cases.ts'
import type { Target } from './exchange.ts'
import { type Mode, type Oracle, twinsOf } from './servers.ts'
import { sendCase, casesOf, judge, type Prepared, prepare, record, Session } from './session.ts'
import { type Outcome, table } from './table.ts'

const usage = `usage: node tests/conformance/run.ts [options]

Starts each fixture under Millrace, sends its requests, and compares the responses with
those recorded from Next.js. Prints the differences and a table by area; exits with 1 if
a difference is not named in docs/differences.md.

  --live                 start Next.js too, compare with it, and update the record
  --shared               start Next.js too, on the build that millrace build has made of a
                         project with pages, and compare with it; updates no record
  --record               run Next.js alone and update the record, even if Millrace cannot build
  --native               the fixtures with twins, with their routes in C++ instead
  --dev                  the fixtures marked for it, under next dev and millrace dev
  --fixture NAME         only this one; can be repeated
  --fixtures FOLDER      the fixtures' folder; records are beside it, in recorded/
  --packages FOLDER      the folder whose node_modules the fixtures use, by default this repository
  --base URL --reference URL
                         start nothing: compare two running servers
  --verbose              a line for each case, and the output of the servers
  --help                 this text
`

const { values: options } = parseArgs({
  options: {
    live: { type: 'boolean', default: false },
    shared: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    dev: { type: 'boolean', default: false },
    native: { type: 'boolean', default: false },
    fixture: { type: 'string', multiple: true, default: [] },
    fixtures: { type: 'string', default: join(import.meta.dirname, 'fixtures') },
    packages: { type: 'string' },
    base: { type: 'string' },
    reference: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const print = (text: string) => process.stdout.write(`${text}\n`)
const mode: Mode = options.dev ? 'dev' : 'start'
const oracle: Oracle = options.live ? 'live' : options.shared ? 'shared' : 'record'
const recorded = resolve(options.fixtures, '../recorded')
const documented = readFileSync(join(repository, 'docs/differences.md'), 'utf8')

function report(outcome: Outcome): Outcome {
  const { one, fixture } = outcome
  const undocumented = one.differs && !documented.includes(`\n### \`${one.differs.id}\`\n`)
  const found = undocumented
    ? [...outcome.found, `docs/differences.md has no entry \`${one.differs!.id}\``]
    : outcome.found
  if (found.length > 0) print(`DIFFERS  ${fixture}: ${one.name}\n  ${found.join('\n  ')}`)
  else if (
    one.differs &&
    !['error-pages', 'dev-errors'].includes(one.differs.id) &&
    !outcome.onPurpose
  )
    print(`note: ${fixture}: ${one.name}: no longer differs, although it names ${one.differs.id}`)
  else if (options.verbose)
    print(`${outcome.onPurpose ? 'differs on purpose' : 'equal'}  ${fixture}: ${one.name}`)
  return { ...outcome, found }
}

async function runFixture(prepared: Prepared): Promise<Outcome[]> {
  const { fixture } = prepared
  const outcomes: Outcome[] = []
  const session = await Session.start(prepared, mode, recorded, oracle)
  try {
    for (const { file, one } of casesOf(fixture, mode)) {
      try {
        outcomes.push(report(await session.judge(file, one)))
      } catch (error) {
        outcomes.push(
          report({
            fixture: fixture.name,
            area: file.area,
            one,
            found: [(error as Error).message],
            onPurpose: false,
          }),
        )
      }
    }
    if (options.native)
      print(`${fixture.name}: ${await session.nativeRequests()} requests answered in C++`)
    if (options.live && session.renew(recorded)) print(`${fixture.name}: the record has changed`)
    if (options.verbose) print(session.output())
  } finally {
    await session.stop()
  }
  return outcomes
}

async function runAll(fixtures: readonly Fixture[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const begin = (fixture: Fixture | undefined) => {
    const prepared = fixture && prepare(fixture, mode, oracle, options.native)
    // The promise is awaited later, and its rejection handled there.
    prepared?.catch(() => {})
    return prepared
  }
  let coming = begin(fixtures[0])
  for (const [index, fixture] of fixtures.entries()) {
    const current = coming
    try {
      const prepared = await current!
      // The next fixture is built while this one is tested.
      coming = begin(fixtures[index + 1])
      outcomes.push(...(await runFixture(prepared)))
    } catch (error) {
      if (coming === current) coming = begin(fixtures[index + 1])
      print(`FAILED  ${fixture.name}: ${(error as Error).message}`)
      const found = ['no request was sent']
      outcomes.push(
        ...casesOf(fixture, mode).map(({ file, one }) => ({
          fixture: fixture.name,
          area: file.area,
          one,
          found,
          onPurpose: false,
        })),
      )
    }
  }
  return outcomes
}

function target(url: string): Target {
  const { hostname, port, protocol } = new URL(url)
  if (protocol !== 'http:') throw new Error(`${url}: expected http://HOST:PORT`)
  return { host: hostname, port: Number(port || 80), second: null }
}

async function runAgainst(
  fixtures: readonly Fixture[],
  base: Target,
  reference: Target,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const fixture of fixtures) {
    for (const { file, one } of casesOf(fixture, mode)) {
      const wanted = await sendCase(one, reference)
      outcomes.push(report(judge(fixture, file, one, wanted, await sendCase(one, base))))
    }
  }
  return outcomes
}

async function main(): Promise<number> {
  if (options.help) {
    print(usage)
    return 0
  }
  const fixtures = readFixtures(
    resolve(options.fixtures),
    options.fixture,
    options.packages && resolve(options.packages),
  )
    .filter(({ dev }) => mode === 'start' || dev)
    .filter((fixture) => !options.native || existsSync(twinsOf(fixture)))
  if (options.shared && (options.live || options.dev))
    throw new Error('--shared cannot be used with --live or --dev')
  if (options.record) {
    for (const fixture of fixtures)
      print(
        `${fixture.name}: the record has ${(await record(fixture, mode, recorded)) ? '' : 'not '}changed`,
      )
    return 0
  }
  if ((options.base === undefined) !== (options.reference === undefined))
    throw new Error('--base and --reference must be given together')
  const outcomes =
    options.base !== undefined && options.reference !== undefined
      ? await runAgainst(fixtures, target(options.base), target(options.reference))
      : await runAll(fixtures)
  print(`\n${table(outcomes)}`)
  return outcomes.length === 0 || outcomes.some(({ found }) => found.length > 0) ? 1 : 0
}

try {
  process.exit(await main())
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${usage}`)
  process.exit(2)
}
