/**
 * Tests routes in C++, beside those in JavaScript: built, served, rebuilt.
 */
import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  build,
  project,
  RawClient,
  rawRequest,
  run,
  type Server,
  startServer,
  write,
} from './support/index.ts'

const head = '#include <millrace/route.hpp>\nusing namespace millrace;\n'

const files = {
  'package.json': '{ "name": "mixed", "private": true }',
  '.env': 'GREETING=from the file\n',
  'app/api/script/route.js':
    'export const GET = (request) => Response.json({ script: true, seen: request.headers.get("x-proxied") })',
  'app/api/hello/route.cpp': `${head}
Response GET(const Request&, const Params&) { return Response::json(json::object{{"hello", "C++"}}); }
`,
  'app/api/items/[id]/[[...rest]]/route.cpp': `${head}
Response GET(const Request& request, const Params& params) {
  return Response::json(json::object{{"id", params["id"]}, {"rest", json::value_from(params.all("rest"))},
                                     {"query", request.query("q").value_or("none")}, {"path", request.url().pathname()}});
}
Response DELETE(const Request&) { return Response(204); }
`,
  'app/api/echo/route.cpp': `${head}
Task<Response> POST(Request& request, Params) { co_return Response::text(request.text()); }
Task<Response> PUT(StreamedRequest& request) {
  std::size_t bytes = 0;
  std::size_t pieces = 0;
  for (;;) {
    const std::string piece = co_await request.read();
    if (piece.empty()) break;
    bytes += piece.size();
    ++pieces;
  }
  co_return Response::json(json::object{{"bytes", bytes}, {"pieces", pieces}});
}
RouteOptions options(Route) { return {.max_body = 1 << 20}; }
`,
  'app/api/stream/route.cpp': `${head}
Response GET(const Request& request) {
  const auto count = std::stoul(request.query("count").value_or("3"));
  return Response::stream("text/plain", [count](BodyWriter& body) -> Task<void> {
    const std::string chunk(1000, 'x');
    for (unsigned long i = 0; i < count; ++i) {
      if (!co_await body.write(chunk)) co_return;
    }
  });
}
Response POST(const Request&) {
  return Response::event_stream([](EventWriter& events) -> Task<void> {
    if (!co_await events.send("one")) co_return;
    if (!co_await events.send("two\\nlines", "news", "7")) co_return;
  });
}
`,
  'app/api/shared/route.cpp': `${head}
#include <atomic>
Response GET(const Request& request) {
  auto& counter = shared<std::atomic<int>>("counter", [] { return 40; });
  after(request, [] { shared<std::atomic<int>>("after").fetch_add(1); });
  return Response::json(json::object{{"count", ++counter}, {"after", shared<std::atomic<int>>("after").load()}});
}
`,
  'app/api/env/route.cpp': `${head}
Response GET(const Request&) { return Response::text(env("GREETING", "nothing")); }
`,
  'app/api/throws/route.cpp': `${head}
#include <stdexcept>
Response GET(const Request&) { throw std::runtime_error("the reason"); }
Response POST(const Request&) { throw HttpError(409, "taken"); }
Task<Response> PUT(Request&) { throw 5; co_return Response(); }
`,
  'pages/api/classic.cpp': `${head}
void handler(Request& request, ResponseWriter& response) {
  if (request.method() == "POST") return response.redirect("/api/hello", 303);
  response.status(201).set_header("x-made", "here").json(json::object{{"page", true}});
}
`,
} as const

async function fetchText(
  server: Server,
  path: string,
  init: RequestInit = {},
): Promise<[number, string]> {
  const response = await fetch(server.url + path, { redirect: 'manual', ...init })
  return [response.status, await response.text()]
}

for (const where of ['in workers', 'in a worker of one thread', 'in the server itself'])
  describe(`in production, ${where}`, () => {
    const inline = where === 'in the server itself'
    let server: Server
    let directory: string
    before(async () => {
      directory = project({
        files: {
          ...files,
          'millrace.toml': `[pools.default]\ninline = ${inline}\n${where.includes('one thread') ? 'max = 1\nthreads = 1\n' : ''}`,
        },
      })
      await build(directory)
      server = await startServer({ command: 'start', directory })
    })
    after(() => server.stop())

    test('routes of both languages respond', async () => {
      assert.deepEqual(await fetchText(server, '/api/hello'), [200, '{"hello":"C++"}'])
      assert.deepEqual(await fetchText(server, '/api/script'), [200, '{"script":true,"seen":null}'])
      assert.deepEqual(await fetchText(server, '/api/classic'), [201, '{"page":true}'])
      assert.deepEqual(await fetchText(server, '/api/classic', { method: 'POST' }), [
        303,
        '/api/hello',
      ])
    })

    test('parameters and query are decoded', async () => {
      const [status, text] = await fetchText(server, '/api/items/a%20b/x%2Fy/z?q=%C3%A4+1')
      assert.equal(status, 200)
      assert.deepEqual(JSON.parse(text), {
        id: 'a b',
        rest: ['x/y', 'z'],
        query: 'ä 1',
        path: '/api/items/a%20b/x%2Fy/z',
      })
      const [, bare] = await fetchText(server, '/api/items/7')
      assert.deepEqual(JSON.parse(bare), { id: '7', rest: [], query: 'none', path: '/api/items/7' })
    })

    test('missing methods, HEAD and OPTIONS are handled as for JavaScript', async () => {
      assert.deepEqual(await fetchText(server, '/api/hello', { method: 'POST' }), [405, ''])
      assert.deepEqual(await fetchText(server, '/api/items/7', { method: 'DELETE' }), [204, ''])
      const options = await fetch(`${server.url}/api/items/7`, { method: 'OPTIONS' })
      assert.equal(options.status, 204)
      assert.equal(options.headers.get('allow'), 'DELETE, GET, HEAD, OPTIONS')
      const response = await fetch(`${server.url}/api/hello`, { method: 'HEAD' })
      assert.equal(response.status, 200)
      assert.equal(response.headers.get('content-type'), 'application/json')
    })

    test('bodies are read at once or in pieces, and limited', async () => {
      const large = 'y'.repeat(900_000)
      const [ok, echoed] = await fetchText(server, '/api/echo', { method: 'POST', body: large })
      assert.equal(ok, 200)
      // Not assert.equal, which would print a huge difference.
      assert.ok(echoed === large)
      const streamed = await fetchText(server, '/api/echo', {
        method: 'PUT',
        body: new Uint8Array(3_000_000),
      })
      assert.equal(JSON.parse(streamed[1]).bytes, 3_000_000)
      assert.ok(JSON.parse(streamed[1]).pieces > 1)
      assert.deepEqual(await fetchText(server, '/api/echo', { method: 'PUT' }), [
        200,
        '{"bytes":0,"pieces":0}',
      ])
      const [status, text] = await fetchText(server, '/api/echo', {
        method: 'POST',
        body: 'z'.repeat(1_100_000),
      })
      assert.equal(status, 413)
      assert.match(text, /accepts 1048576 bytes/)
    })

    test('streams and events arrive piece by piece', async () => {
      const [, text] = await fetchText(server, '/api/stream?count=2000')
      assert.equal(text.length, 2_000_000)
      const events = await fetch(`${server.url}/api/stream`, { method: 'POST' })
      assert.equal(events.headers.get('content-type'), 'text/event-stream')
      assert.equal(
        await events.text(),
        'data: one\n\nevent: news\nid: 7\ndata: two\ndata: lines\n\n',
      )
    })

    test('a client that disconnects ends its stream', async () => {
      const client = await RawClient.connect(server.port)
      await client.send('GET /api/stream?count=100000000 HTTP/1.1\r\nHost: a\r\n\r\n')
      client.destroy()
      // If the stream continued, it would fill the memory or occupy the single thread.
      assert.deepEqual(await fetchText(server, '/api/hello'), [200, '{"hello":"C++"}'])
    })

    test('errors are thrown, returned or unknown', async () => {
      assert.deepEqual(await fetchText(server, '/api/throws'), [500, ''])
      assert.deepEqual(await fetchText(server, '/api/throws', { method: 'POST' }), [
        409,
        '{"error":"taken"}',
      ])
      assert.deepEqual(await fetchText(server, '/api/throws', { method: 'PUT' }), [500, ''])
      await server.printed(
        /Error in GET \/api\/throws \(app\/api\/throws\/route\.cpp\): the reason/,
      )
    })

    test('env files, shared values and after() work', async () => {
      assert.deepEqual(await fetchText(server, '/api/env'), [200, 'from the file'])
      assert.deepEqual(JSON.parse((await fetchText(server, '/api/shared'))[1]).count, 41)
      let seen = 0
      for (let count = 42; seen === 0; count++) {
        const second = JSON.parse((await fetchText(server, '/api/shared'))[1])
        assert.equal(second.count, count)
        seen = second.after
      }
    })

    test('`ps` shows the pool and its routes', async () => {
      const { stdout } = await run(['ps', directory])
      assert.match(stdout, inline ? /default, C\+\+, inline +ready/ : /default, C\+\+ +ready/)
    })
  })

test('a reload serves new code while old requests end, and the server itself knows its port', async (t) => {
  const routeWith = (text: string): string =>
    `${head}Response GET(const Request&) { return Response::text("${text} " + env("PORT", "")); }\n`
  const directory = project({
    files: {
      'app/api/a/route.cpp': routeWith('one'),
      'millrace.toml': '[pools.default]\ninline = true\n',
    },
  })
  await build(directory)
  const server = await startServer({ command: 'start', directory })
  t.after(() => server.stop())
  assert.deepEqual(await fetchText(server, '/api/a'), [200, `one ${server.port}`])
  write(directory, 'app/api/a/route.cpp', routeWith('two'))
  await build(directory)
  const { code, stderr } = await run(['reload', directory])
  assert.equal(code, 0, stderr)
  assert.deepEqual(await fetchText(server, '/api/a'), [200, `two ${server.port}`])
  assert.equal((await server.stop()).code, 0)
})

test('inline and a sandbox exclude each other', async () => {
  const directory = project({
    files: {
      'app/api/a/route.cpp': files['app/api/hello/route.cpp'],
      'millrace.toml': '[pools.default]\ninline = true\nsandbox = true\n',
    },
  })
  const { code, stderr } = await run(['build', directory])
  assert.equal(code, 1)
  assert.match(stderr, /millrace\.toml:1: .*expected inline or sandbox, found both/)
})

test('a project with only C++ starts no process for JavaScript', async (t) => {
  const directory = project({
    files: { 'app/api/hello/route.cpp': files['app/api/hello/route.cpp'] },
  })
  await build(directory)
  const server = await startServer({ command: 'start', directory })
  t.after(() => server.stop())
  assert.deepEqual(await fetchText(server, '/api/hello'), [200, '{"hello":"C++"}'])
  const { stdout } = await run(['ps', directory])
  // On a slow machine a second one may have been started.
  const workers = stdout.split('\n').filter((line) => / (?:starting|ready) /.test(line))
  assert.ok(workers.length > 0, stdout)
  assert.ok(
    workers.every((line) => line.includes('default, C++')),
    stdout,
  )
})

test("build errors are reported with the route and the compiler's messages", async () => {
  const broken = project({
    files: { 'app/api/wrong/route.cpp': `${head}Response GET(const Request&) { return 7 + ; }\n` },
  })
  const failed = await run(['build', broken])
  assert.equal(failed.code, 1)
  assert.match(
    failed.stderr,
    /\/api\/wrong \(app\/api\/wrong\/route\.cpp\) cannot be compiled:\n(.*\n)*app\/api\/wrong\/route\.cpp:3:4\d: error: expected/,
  )

  const empty = project({
    files: {
      'app/api/empty/route.cpp': `${head}static int helper() { return 1; }\nint used = helper();\n`,
    },
  })
  assert.match(
    (await run(['build', empty])).stderr,
    /app\/api\/empty\/route\.cpp has no handler: expected a function named GET/,
  )

  const unlinked = project({
    files: {
      'app/api/a/route.cpp': `${head}int elsewhere();\nResponse GET(const Request&) { return Response(elsewhere()); }\n`,
    },
  })
  assert.match(
    (await run(['build', unlinked])).stderr,
    /undefined reference to `elsewhere\(\)'(.*\n)*.*\[native\] libraries/,
  )

  const both = project({
    files: {
      'app/api/a/route.cpp': files['app/api/hello/route.cpp'],
      'app/api/a/route.ts': 'export const GET = () => new Response()',
    },
  })
  assert.match(
    (await run(['build', both])).stderr,
    /app\/api\/a\/route\.cpp and app\/api\/a\/route\.ts/,
  )
})

test('shared sources and include folders of millrace.toml are used', async (t) => {
  const directory = project({
    files: {
      'millrace.toml':
        '[native]\nsources = ["services/*.cpp"]\ninclude = ["services"]\nflags = ["-DANSWER=42"]\n',
      'services/counter.hpp': '#pragma once\nint next_number();\n',
      'services/counter.cpp':
        '#include "counter.hpp"\nstatic int number = ANSWER;\nint next_number() { return number++; }\n',
      'app/api/a/route.cpp': `#include "counter.hpp"\n${head}Response GET(const Request&) { return Response::json(next_number()); }\n`,
      'app/api/b/route.cpp': `#include "counter.hpp"\n${head}Response GET(const Request&) { return Response::json(next_number()); }\n`,
    },
  })
  await build(directory)
  const server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
  t.after(() => server.stop())
  assert.equal((await fetchText(server, '/api/a'))[1], '42')
  assert.equal((await fetchText(server, '/api/b'))[1], '43', 'the two routes share it')
})

describe('middleware', () => {
  const route = `${head}Response GET(const Request& request) { return Response::text(request.headers().get("x-proxied").value_or("no")); }\n`

  test('in JavaScript runs before a route in C++', async (t) => {
    const directory = project({
      files: {
        'proxy.js': `import { NextResponse } from 'next/server'
export function proxy(request) {
  const headers = new Headers(request.headers)
  headers.set('x-proxied', 'by JavaScript')
  return NextResponse.next({ request: { headers } })
}`,
        'app/api/a/route.cpp': route,
      },
    })
    await build(directory)
    const server = await startServer({ command: 'start', directory })
    t.after(() => server.stop())
    assert.deepEqual(await fetchText(server, '/api/a'), [200, 'by JavaScript'])
  })

  test('in C++ runs before routes of both languages', async (t) => {
    const directory = project({
      files: {
        'proxy.cpp': `${head}
Response proxy(const Request& request) {
  if (request.url().pathname() == "/api/gone") return Response::redirect("/api/a");
  if (request.url().pathname() == "/api/other") return rewrite("/api/a");
  if (request.url().pathname() == "/api/closed") return Response::error(403, "closed");
  return next(request, {{"x-proxied", "by C++"}}).header("x-also", "set");
}
RouteOptions options(Route) { return {.matcher = {"/api/:path*"}}; }
`,
        'app/api/a/route.cpp': route,
        'app/api/script/route.js': files['app/api/script/route.js'],
        'app/free/route.cpp': route,
      },
    })
    await build(directory)
    const server = await startServer({ command: 'start', directory })
    t.after(() => server.stop())
    assert.deepEqual(await fetchText(server, '/api/a'), [200, 'by C++'])
    assert.deepEqual(await fetchText(server, '/api/script'), [
      200,
      '{"script":true,"seen":"by C++"}',
    ])
    assert.equal((await fetch(`${server.url}/api/script`)).headers.get('x-also'), 'set')
    assert.deepEqual(await fetchText(server, '/free'), [200, 'no'])
    assert.deepEqual(await fetchText(server, '/api/other'), [200, 'no'])
    assert.deepEqual(await fetchText(server, '/api/closed'), [403, '{"error":"closed"}'])
    const gone = await rawRequest(server.port, 'GET /api/gone HTTP/1.1\r\nHost: a\r\n\r\n')
    assert.equal(gone.status, 307)
    assert.equal(gone.headers['location'], '/api/a')
  })
})

describe('in development', () => {
  const routeWith = (text: string): string =>
    `${head}Response GET(const Request&) { return Response::text(${JSON.stringify(text)}); }\n`

  /**
   * Repeats the request until the response matches; a rebuild takes as long as the compiler does.
   */
  async function until(
    server: Server,
    path: string,
    expected: (text: string, status: number) => boolean,
  ): Promise<string[]> {
    const seen: string[] = []
    for (;;) {
      const [status, text] = await fetchText(server, path)
      if (seen.at(-1) !== text) seen.push(text)
      if (expected(text, status)) return seen
    }
  }

  test('a save changes the response; the previous build serves until then', async (t) => {
    const directory = project({
      files: { 'app/api/a/route.cpp': routeWith('one'), 'lib/text.hpp': '#pragma once\n' },
    })
    const server = await startServer({ command: 'dev', directory })
    t.after(() => server.stop())
    assert.deepEqual(await fetchText(server, '/api/a'), [200, 'one'])
    write(directory, 'app/api/a/route.cpp', `#include "../../../lib/text.hpp"\n${routeWith('two')}`)
    const seen = await until(server, '/api/a', (text) => text === 'two')
    assert.ok(
      seen.every((text) => text === 'one' || text === 'two'),
      seen.join(),
    )
    // A header that it includes counts as well.
    write(directory, 'lib/text.hpp', '#pragma once\n#error "not like this"\n')
    const broken = await until(server, '/api/a', (_, status) => status === 500)
    assert.match(broken.at(-1)!, /lib\/text\.hpp:2:2: error: #error "not like this"/)
    const page = await fetch(`${server.url}/api/a`, { headers: { accept: 'text/html' } })
    assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8')
    assert.equal(page.headers.get('x-millrace-error'), null)
    assert.match(await page.text(), /"text":".*lib\/text\.hpp:2:2: error: #error/)
    assert.equal(server.output().split('error: #error').length - 1, 1, server.output())
    write(directory, 'lib/text.hpp', '#pragma once\n')
    await until(server, '/api/a', (text) => text === 'two')
  })

  test('routes can be added and removed, and shared values survive a rebuild', async (t) => {
    const counting = (text: string): string =>
      `${head}Response GET(const Request&) { return Response::text("${text} " + std::to_string(++shared<int>("count"))); }\n`
    const directory = project({ files: { 'app/api/a/route.cpp': counting('one') } })
    const server = await startServer({ command: 'dev', directory })
    t.after(() => server.stop())
    assert.deepEqual(await fetchText(server, '/api/a'), [200, 'one 1'])
    write(directory, 'app/api/a/route.cpp', counting('two'))
    const seen = await until(server, '/api/a', (text) => text.startsWith('two'))
    assert.ok(Number(seen.at(-1)!.slice(4)) > 1, seen.join())
    write(directory, 'app/api/b/route.cpp', routeWith('b'))
    await until(server, '/api/b', (text) => text === 'b')
    rmSync(join(directory, 'app/api/b'), { recursive: true })
    await until(server, '/api/b', (_, status) => status === 404)
  })
})

test('the manifest names the shared objects', async () => {
  const directory = project({
    files: {
      'app/api/hello/route.cpp': `${files['app/api/hello/route.cpp']}\nRouteOptions options(Route) { return {.max_duration = std::chrono::seconds(5)}; }\n`,
    },
  })
  await build(directory)
  const manifest = JSON.parse(
    readFileSync(join(directory, '.millrace/current/manifest.json'), 'utf8'),
  )
  const [route] = manifest.routes
  assert.equal(route.module, 'native/app.api.hello.route.so')
  assert.deepEqual(route.methods, ['GET'])
  assert.deepEqual(route.options, { maxDuration: 5 })
})
