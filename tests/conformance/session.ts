/**
 * Runs one fixture: starts the servers, sends each case, compares.
 */
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
  copyForNext,
  type Engine,
  fixtureEnvironment,
  type Mode,
  type Oracle,
  oracle,
  type Running,
  startMillrace,
  startNext,
  startSecond,
  targetOf,
} from './servers.ts'
import type { Outcome } from './table.ts'

/** A fixture that has been copied and built, ready to be started. */
export interface Prepared {
  readonly fixture: Fixture
  readonly directory: string
  readonly env: Readonly<Record<string, string>>
  readonly second: Running | null
  /** What has compiled its routes. */
  readonly engine: Engine
}

/** Returns the cases of a fixture that are sent in a mode, in order. */
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
 * Copies and builds a fixture, first with Next.js if that has a build of its own. `native`: with
 * its routes in C++, if it has twins.
 */
export async function prepare(
  fixture: Fixture,
  mode: Mode,
  next: Oracle,
  native = false,
  engine = chosenEngine(),
): Promise<Prepared> {
  const second = await startSecond(fixture)
  try {
    const directory = copyFixture(fixture, native, engine)
    const env = fixtureEnvironment(fixture, second)
    if (next === 'live') await buildNext(mode, directory, env)
    await buildMillrace(mode, directory, env)
    return { fixture, directory, env, second, engine }
  } catch (error) {
    await second?.stop()
    throw error
  }
}

/**
 * Builds and runs Next.js alone, and writes its responses. Returns whether the record has changed.
 */
export async function record(fixture: Fixture, mode: Mode, recorded: string): Promise<boolean> {
  const second = await startSecond(fixture)
  let next: Running | null = null
  try {
    const directory = copyFixture(fixture)
    const env = fixtureEnvironment(fixture, second)
    await buildNext(mode, directory, env)
    next = await startNext(mode, directory, env)
    const responses: Record<string, Record<string, readonly Normal[]>> = {}
    for (const { file, one } of casesOf(fixture, mode))
      (responses[file.name] ??= {})[one.name] = await sendCase(one, targetOf(next, second))
    return new RecordFile(recorded, fixture, mode).write(oracle(), responses)
  } finally {
    await Promise.all([next?.stop(), second?.stop()])
  }
}

/**
 * Sends one case to one server. `shared`: its responses are compared with those of another server
 * that serves the same build.
 */
export async function sendCase(one: Case, target: Target, shared = false): Promise<Normal[]> {
  const mask = shared ? one.mask : [...one.mask, ...one.buildMask]
  return normalize({ ...one, mask }, await send(one, target), target)
}

/** Compares two servers' responses to one case. */
export function judge(
  fixture: Fixture,
  file: CaseFile,
  one: Case,
  next: readonly Normal[],
  millrace: readonly Normal[],
  engine: Engine = 'light',
): Outcome {
  // Routes compiled by the engine `next` may behave like Next.js where Millrace differs on purpose;
  // a 500 counts too, although its page has other text.
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

/** A fixture's Millrace, and Next.js or its record. */
export class Session {
  readonly #prepared: Prepared
  readonly #mode: Mode
  readonly #shared: boolean
  readonly #record: RecordFile
  readonly #millrace: Running
  readonly #next: Running | null
  readonly #responses: Record<string, Record<string, readonly Normal[]>> = {}

  private constructor(
    prepared: Prepared,
    mode: Mode,
    shared: boolean,
    record: RecordFile,
    millrace: Running,
    next: Running | null,
  ) {
    this.#prepared = prepared
    this.#mode = mode
    this.#shared = shared
    this.#record = record
    this.#millrace = millrace
    this.#next = next
  }

  /**
   * @param recorded the folder of the records.
   * @param oracle Next.js runs too, except for 'record'.
   */
  static async start(
    prepared: Prepared,
    mode: Mode,
    recorded: string,
    oracle: Oracle,
  ): Promise<Session> {
    const { directory, env, fixture } = prepared
    const from = oracle === 'shared' ? copyForNext(directory) : { directory, env: {} }
    const next =
      oracle === 'record' ? null : await startNext(mode, from.directory, { ...env, ...from.env })
    const millrace = await startMillrace(mode, directory, env)
    const record = new RecordFile(recorded, fixture, mode)
    return new Session(prepared, mode, oracle === 'shared', record, millrace, next)
  }

  /**
   * Sends a case to Millrace, and to Next.js if it runs, and compares. Throws if there is neither
   * Next.js nor a record.
   */
  async judge(file: CaseFile, one: Case): Promise<Outcome> {
    const { fixture, second } = this.#prepared
    const wanted = this.#next ? null : this.#record.responses(file, one.name)
    // A case with steps changes the state of the second server: the two servers run it one after
    // the other.
    const next = wanted ?? (await sendCase(one, targetOf(this.#next!, second), this.#shared))
    const millrace = await sendCase(one, targetOf(this.#millrace, second), this.#shared)
    const responses = (this.#responses[file.name] ??= {})
    responses[one.name] = next
    return judge(fixture, file, one, next, millrace, this.#prepared.engine)
  }

  /**
   * Writes the responses of Next.js if all cases of the fixture were sent. Returns whether the
   * record has changed.
   */
  renew(recorded: string): boolean {
    return new RecordFile(recorded, this.#prepared.fixture, this.#mode).write(
      oracle(),
      this.#responses,
    )
  }

  /** Returns the number of requests that routes in C++ have handled. */
  async nativeRequests(): Promise<number> {
    const { stdout } = await run(['ps', '--json', this.#prepared.directory])
    const servers = JSON.parse(stdout) as {
      pools: { name: string; workers: { requests: number }[] }[]
    }[]
    const pools = servers.flatMap(({ pools }) => pools).filter(({ name }) => name.endsWith('C++'))
    return pools.flatMap(({ workers }) => workers).reduce((sum, { requests }) => sum + requests, 0)
  }

  /** Returns the output of the servers. */
  output(): string {
    return `--- millrace\n${this.#millrace.output()}${this.#next ? `--- next\n${this.#next.output()}` : ''}`
  }

  async stop(): Promise<void> {
    await Promise.all([this.#millrace.stop(), this.#next?.stop(), this.#prepared.second?.stop()])
  }
}
