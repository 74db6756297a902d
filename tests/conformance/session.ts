/** Runs one fixture: starts what is needed, asks each case, compares. */
import type { Case, CaseFile, Fixture } from './cases.ts'
import { run } from '../e2e/support/index.ts'
import { differences } from './compare.ts'
import { send, type Target } from './exchange.ts'
import { normalize, type Normal } from './normalize.ts'
import { RecordFile } from './record.ts'
import {
  buildMillrace,
  buildNext,
  chosenEngine,
  copyFixture,
  type Engine,
  fixtureEnvironment,
  type Mode,
  oracle,
  type Running,
  startMillrace,
  startNext,
  startSecond,
  targetOf,
} from './servers.ts'
import type { Outcome } from './table.ts'

/** A fixture copied and built, ready to be started. */
export interface Prepared {
  readonly fixture: Fixture
  readonly directory: string
  readonly env: Readonly<Record<string, string>>
  readonly second: Running | null
  /** Who has compiled its routes. */
  readonly engine: Engine
}

/** The cases of a fixture that are sent in a mode, in order. */
export function casesOf(
  fixture: Fixture,
  mode: Mode,
): { readonly file: CaseFile; readonly one: Case }[] {
  const wanted = (one: Case) => (mode === 'dev' ? one.dev !== false : one.dev !== 'only')
  const inMode = (one: Case): Case =>
    mode === 'dev' && one.devDiffers ? { ...one, differs: one.devDiffers } : one
  return fixture.files.flatMap((file) =>
    file.cases.filter(wanted).map((one) => ({ file, one: inMode(one) })),
  )
}

/**
 * Copies and builds a fixture, with Next.js first where it is asked too. `native`: its routes in
 * C++, where it has twins.
 */
export async function prepare(
  fixture: Fixture,
  mode: Mode,
  live: boolean,
  native = false,
  engine = chosenEngine(),
): Promise<Prepared> {
  const second = await startSecond(fixture)
  try {
    const directory = copyFixture(fixture, native, engine)
    const env = fixtureEnvironment(fixture, second)
    if (live) await buildNext(mode, directory, env)
    await buildMillrace(mode, directory, env)
    return { fixture, directory, env, second, engine }
  } catch (error) {
    await second?.stop()
    throw error
  }
}

/**
 * Builds and asks Next.js alone, and writes what it answered. Returns whether the record changed.
 */
export async function record(fixture: Fixture, mode: Mode, recorded: string): Promise<boolean> {
  const second = await startSecond(fixture)
  let next: Running | null = null
  try {
    const directory = copyFixture(fixture)
    const env = fixtureEnvironment(fixture, second)
    await buildNext(mode, directory, env)
    next = await startNext(mode, directory, env)
    const answers: Record<string, Record<string, readonly Normal[]>> = {}
    for (const { file, one } of casesOf(fixture, mode))
      (answers[file.name] ??= {})[one.name] = await ask(one, targetOf(next, second))
    return new RecordFile(recorded, fixture, mode).write(oracle(), answers)
  } finally {
    await Promise.all([next?.stop(), second?.stop()])
  }
}

/** Asks one server one case. */
export async function ask(one: Case, target: Target): Promise<Normal[]> {
  return normalize(one, await send(one, target), target)
}

/** Compares two servers' answers to one case. */
export function judge(
  fixture: Fixture,
  file: CaseFile,
  one: Case,
  next: readonly Normal[],
  millrace: readonly Normal[],
  engine: Engine = 'light',
): Outcome {
  // By its own compilation, what differs on purpose may be as it is there: also a failure, but for
  // the page of its words.
  const failsAlike = next.length === 1 && next[0]!.status === 500 && millrace[0]!.status === 500
  const same =
    engine === 'next' &&
    one.differs !== null &&
    (failsAlike || differences(one, next, millrace, null).length === 0)
  const found = same ? [] : differences(one, next, millrace)
  const onPurpose =
    found.length === 0 && one.differs !== null && differences(one, next, millrace, null).length > 0
  return { fixture: fixture.name, area: file.area, one, found, onPurpose }
}

/** A fixture's Millrace, and Next.js or its record, as one thing that judges cases. */
export class Session {
  readonly #prepared: Prepared
  readonly #mode: Mode
  readonly #record: RecordFile
  readonly #millrace: Running
  readonly #next: Running | null
  readonly #answers: Record<string, Record<string, readonly Normal[]>> = {}

  private constructor(
    prepared: Prepared,
    mode: Mode,
    record: RecordFile,
    millrace: Running,
    next: Running | null,
  ) {
    this.#prepared = prepared
    this.#mode = mode
    this.#record = record
    this.#millrace = millrace
    this.#next = next
  }

  /** `recorded`: the records' folder. `live`: starts Next.js too. */
  static async start(
    prepared: Prepared,
    mode: Mode,
    recorded: string,
    live: boolean,
  ): Promise<Session> {
    const { directory, env, fixture } = prepared
    const next = live ? await startNext(mode, directory, env) : null
    const millrace = await startMillrace(mode, directory, env)
    return new Session(prepared, mode, new RecordFile(recorded, fixture, mode), millrace, next)
  }

  /**
   * Asks Millrace, and Next.js where it runs, and compares. Throws where there is neither Next.js
   * nor its answer.
   */
  async judge(file: CaseFile, one: Case): Promise<Outcome> {
    const { fixture, second } = this.#prepared
    const wanted = this.#next ? null : this.#record.answers(file, one.name)
    // A case with steps changes what a second server keeps: the two are asked in turn.
    const next = wanted ?? (await ask(one, targetOf(this.#next!, second)))
    const millrace = await ask(one, targetOf(this.#millrace, second))
    const answers = (this.#answers[file.name] ??= {})
    answers[one.name] = next
    return judge(fixture, file, one, next, millrace, this.#prepared.engine)
  }

  /**
   * Writes what Next.js answered, where all cases of the fixture were asked. Returns whether the
   * record changed.
   */
  renew(recorded: string): boolean {
    return new RecordFile(recorded, this.#prepared.fixture, this.#mode).write(
      oracle(),
      this.#answers,
    )
  }

  /** How many requests routes in C++ have answered. */
  async nativeRequests(): Promise<number> {
    const { stdout } = await run(['ps', '--json', this.#prepared.directory])
    const servers = JSON.parse(stdout) as {
      pools: { name: string; workers: { requests: number }[] }[]
    }[]
    const pools = servers.flatMap(({ pools }) => pools).filter(({ name }) => name.endsWith('C++'))
    return pools.flatMap(({ workers }) => workers).reduce((sum, { requests }) => sum + requests, 0)
  }

  /** What the servers printed. */
  output(): string {
    return `--- millrace\n${this.#millrace.output()}${this.#next ? `--- next\n${this.#next.output()}` : ''}`
  }

  async stop(): Promise<void> {
    await Promise.all([this.#millrace.stop(), this.#next?.stop(), this.#prepared.second?.stop()])
  }
}
