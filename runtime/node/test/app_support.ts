import { after } from 'node:test'

import {
  TestProject,
  TestServer,
  type TestResponse,
  type Exchange,
  type Request,
  type TestRoute,
} from './support.ts'

/**
 * A worker with the routes of one test file. A process for each test would take a quarter of a
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

  /** Adds a route of the App Router. Must be called before the first test runs. */
  add(source: string, more: Partial<TestRoute> = {}): RouteUnderTest {
    this.#routes.push({ kind: 'app', source, ...more })
    return new RouteUnderTest(this, this.#routes.length - 1)
  }

  async #start(): Promise<TestServer> {
    // The first test can run before the last line of the file.
    await new Promise((resolve) => setImmediate(resolve))
    return TestServer.start(this.#project, this.#routes, this.#mode)
  }

  /** Adds a route whose GET and POST have this body, which can use `request` and `context`. */
  handler(body: string, imports = '', more: Partial<TestRoute> = {}): RouteUnderTest {
    return this.add(
      `${imports}\nasync function handler(request, context) { ${body} }\nexport { handler as GET, handler as POST }`,
      more,
    )
  }
}

/** A route of a fixture. */
export class RouteUnderTest {
  readonly #fixture: RouteFixture
  readonly #index: number

  constructor(fixture: RouteFixture, index: number) {
    this.#fixture = fixture
    this.#index = index
  }

  /** Sends a request and waits for the complete response. */
  async ask(request: Request = {}): Promise<TestResponse> {
    return (await this.open(request)).response()
  }

  /** Sends a request and returns the JSON of the response. */
  async json(request: Request = {}): Promise<unknown> {
    const response = await this.ask(request)
    if (response.status !== 200) throw new Error(`status ${response.status}: ${response.text}`)
    return JSON.parse(response.text)
  }

  /** Sends a request. */
  async open(request: Request = {}): Promise<Exchange> {
    const server = await this.#fixture.server()
    return server.open({ url: '/api/test', ...request, route: this.#index })
  }
}
