import { after } from 'node:test'

import {
  TestProject,
  TestServer,
  type Answer,
  type Exchange,
  type Request,
  type TestRoute,
} from './support.ts'

/**
 * A worker with the routes of one test file; a process for each test would cost a quarter of a
 * second.
 */
export class RouteFixture {
  readonly #routes: TestRoute[] = []
  readonly #project = new TestProject()
  readonly #mode: 'production' | 'development'
  #server: Promise<TestServer> | undefined

  constructor(mode: 'production' | 'development' = 'production') {
    this.#mode = mode
    after(async () => {
      await (await this.#server)?.[Symbol.asyncDispose]()
      this.#project[Symbol.dispose]()
    })
  }

  /** The worker, started when the file has added its routes. */
  server(): Promise<TestServer> {
    return (this.#server ??= this.#start())
  }

  /** Adds a route of the app router. To be called before the first test runs. */
  add(source: string, more: Partial<TestRoute> = {}): RouteUnderTest {
    this.#routes.push({ kind: 'app', source, ...more })
    return new RouteUnderTest(this, this.#routes.length - 1)
  }

  async #start(): Promise<TestServer> {
    // The first test may run before the file's last line.
    await new Promise((resolve) => setImmediate(resolve))
    return TestServer.start(this.#project, this.#routes, this.#mode)
  }

  /** Adds a route whose GET and POST have this body, with `request` and `context` in reach. */
  handler(body: string, imports = '', more: Partial<TestRoute> = {}): RouteUnderTest {
    return this.add(
      `${imports}\nasync function handler(request, context) { ${body} }\nexport { handler as GET, handler as POST }`,
      more,
    )
  }
}

/** One of a fixture's routes. */
export class RouteUnderTest {
  readonly #fixture: RouteFixture
  readonly #index: number

  constructor(fixture: RouteFixture, index: number) {
    this.#fixture = fixture
    this.#index = index
  }

  /** Asks and waits for the whole answer. */
  async ask(request: Request = {}): Promise<Answer> {
    return (await this.open(request)).answer()
  }

  /** Asks and gives the answer's JSON. */
  async json(request: Request = {}): Promise<unknown> {
    const answer = await this.ask(request)
    if (answer.status !== 200) throw new Error(`status ${answer.status}: ${answer.text}`)
    return JSON.parse(answer.text)
  }

  /** Asks. */
  async open(request: Request = {}): Promise<Exchange> {
    const server = await this.#fixture.server()
    return server.open({ url: '/api/test', ...request, route: this.#index })
  }
}
