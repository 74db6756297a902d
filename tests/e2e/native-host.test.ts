/**
 * Tests the robustness of the host of routes in C++, in its own process and in the server's.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { build, project, RawClient, run, type Server, startServer } from './support/index.ts'

const head = `#include <millrace/route.hpp>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <iostream>
#include <unistd.h>
using namespace millrace;
namespace asio = boost::asio;
`
const noted = (name: string) =>
  `static const bool noted = [] { std::cout << "${name} begins in " << ::getpid() << std::endl; return true; }();\n`

const files = {
  'package.json': '{ "name": "host", "private": true }',
  'app/api/hello/route.cpp': `${head}${noted('hello')}
Response GET(const Request&) { return Response::text("hello"); }
`,
  'app/other/route.cpp': `${head}${noted('other')}
Response GET(const Request&) { return Response::text("other"); }
`,
  'app/api/late/route.cpp': `${head}
Task<Response> GET(Request&) {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
  co_await timer.async_wait(asio::use_awaitable);
  co_return Response::text("never");
}
RouteOptions options(Route) { return {.max_duration = std::chrono::seconds(1)}; }
`,
  'app/api/waits/route.cpp': `${head}
Task<Response> GET(Request&) {
  ++shared<std::atomic<int>>("waiting");
  while (!shared<std::atomic<bool>>("open")) co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  co_return Response::text("waited");
}
Response POST(const Request&) {
  shared<std::atomic<bool>>("open") = true;
  return Response::text("open");
}
Response PUT(const Request&) { return Response::json(shared<std::atomic<int>>("waiting").load()); }
`,
  'app/api/pipe/route.cpp': `${head}
#include <cerrno>
#include <unistd.h>
Response GET(const Request&) {
  int ends[2];
  if (::pipe(ends) != 0) return Response(500);
  ::close(ends[0]);
  const bool refused = ::write(ends[1], "x", 1) < 0 && errno == EPIPE;
  ::close(ends[1]);
  return Response::text(refused ? "refused" : "written");
}
`,
} as const

async function fetchText(
  server: Server,
  path: string,
  init: RequestInit = {},
): Promise<[number, string]> {
  const response = await fetch(server.url + path, init)
  return [response.status, await response.text()]
}

for (const inline of [false, true])
  describe(inline ? 'in the server itself' : 'in a worker', () => {
    let server: Server
    let directory: string
    before(async () => {
      const settings = `[pools.default]\nmax = 1\nthreads = 1\n[pools.api]\nroutes = ["/api/*"]\ninline = ${inline}\nmax = 1\n`
      directory = project({ files: { ...files, 'millrace.toml': settings } })
      // Output that hello and other print while the build loads them must not be taken for the
      // description.
      await build(directory)
      server = await startServer({ command: 'start', directory })
    })
    after(() => server.stop())

    test('a task that runs too long is ended, and no other route is affected', async () => {
      assert.equal((await fetchText(server, '/api/late'))[0], 504)
      assert.deepEqual(await fetchText(server, '/api/hello'), [200, 'hello'])
      assert.doesNotMatch(server.output(), /killed/)
    })

    test('a write to a pipe without a reader fails with an error', async () => {
      assert.deepEqual(await fetchText(server, '/api/pipe'), [200, 'refused'])
    })

    // In the server, old and new routes share the state of the process.
    if (inline)
      test('a reload waits for a task that is in progress', {
        timeout: 120_000,
      }, async () => {
        using client = await RawClient.connect(server.port)
        await client.send('GET /api/waits HTTP/1.1\r\nHost: a\r\n\r\n')
        while ((await fetchText(server, '/api/waits', { method: 'PUT' }))[1] === '0') {}
        const { code, stderr } = await run(['reload', directory])
        assert.equal(code, 0, stderr)
        await fetchText(server, '/api/waits', { method: 'POST' })
        assert.equal((await client.response()).body, 'waited')
      })

    test('a reload loads each route where its pool runs it', { timeout: 120_000 }, async () => {
      const from = server.output().length
      const { code, stderr } = await run(['reload', directory])
      assert.equal(code, 0, stderr)
      assert.deepEqual(await fetchText(server, '/other'), [200, 'other'])
      await server.printed(/other begins in \d+/, from)
      const [, other] = await server.printed(/other begins in (\d+)/)
      assert.notEqual(Number(other), server.pid)
      const [, hello] = await server.printed(/hello begins in (\d+)/)
      assert.equal(Number(hello) === server.pid, inline)
      for (const [, pid] of server.output().matchAll(/other begins in (\d+)/g))
        assert.notEqual(Number(pid), server.pid)
    })
  })
