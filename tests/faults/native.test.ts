/**
 * Tests what one faulty handler in C++ does to a server, fault by fault: the rows of docs/faults.md
 * for C++.
 */
import { markerOf } from './support/marker.ts'
import { type Fault, faultTests, routesProject } from './support/suite.ts'

const head = '#include <millrace/route.hpp>\nusing namespace millrace;\n'

const faults: Readonly<Record<string, Fault>> = {
  segfault: {
    status: 502,
    death: /signal 11 \(Segmentation fault\); in flight: .*\/api\/segfault/,
  },
  abort: { status: 502, death: /signal 6 \(Aborted\); in flight: .*\/api\/abort/ },
  'stack-overflow': {
    status: 502,
    death: /signal 11 \(Segmentation fault\); in flight: .*\/api\/stack-overflow/,
  },
  'uncaught-exception': { status: 500 },
  'exception-in-thread': {
    status: 502,
    death: /signal 6 \(Aborted\); in flight: .*\/api\/exception-in-thread/,
  },
  'endless-loop': { status: 504, death: /killed: blocked.*in flight: .*\/api\/endless-loop/ },
  'endless-task': { status: 504, death: /killed: blocked.*in flight: .*\/api\/endless-task/ },
  leak: { status: 502, death: /killed: memory limit.*in flight: .*\/api\/leak/ },
  'double-free': { status: 502, death: /signal 6 \(Aborted\); in flight: .*\/api\/double-free/ },
  exit: { status: 502, death: /exit code 3; in flight: .*\/api\/exit/ },
  'never-done': { status: 504 },
  'stdout-flooded': { status: 200 },
  'descriptors-exhausted': { status: 200, body: /EMFILE/ },
  'forged-frames': {
    status: 502,
    death: /broke the link protocol; in flight: .*\/api\/forged-frames/,
  },
  'huge-response': { status: 200 },
}

/** A fault that the server must end: it leaves its marker first. */
const begin = (name: string): string =>
  `{ std::ofstream marker(${JSON.stringify(markerOf(name))}); }`
const second =
  '#include <fstream>\nRouteOptions options(Route) { return {.max_duration = std::chrono::seconds(1)}; }\n'

/** The faults are written so that the compiler does not detect them. */
const routes: Readonly<Record<string, string>> = {
  segfault:
    'Response GET(const Request&) { volatile int* volatile nowhere = nullptr; *nowhere = 1; return Response(); }',
  abort: '#include <cstdlib>\nResponse GET(const Request&) { std::abort(); }',
  'stack-overflow': `static int deeper(volatile int* above) { volatile int here[1024] = {*above}; return deeper(here) + here[7]; }
Response GET(const Request&) { volatile int first = 1; return Response(deeper(&first)); }`,
  'uncaught-exception':
    '#include <stdexcept>\nResponse GET(const Request&) { throw std::logic_error("on purpose"); }',
  'exception-in-thread':
    '#include <stdexcept>\n#include <thread>\nResponse GET(const Request&) { std::thread([] { throw std::logic_error("alone"); }).join(); return Response(); }',
  'endless-loop': `${second}Response GET(const Request&) { ${begin('endless-loop')} for (volatile int i = 0;; i = i + 1) {} }`,
  'endless-task': `${second}Task<Response> GET(Request&) { ${begin('endless-task')} for (volatile int i = 0;; i = i + 1) {} co_return Response(); }`,
  leak: '#include <cstring>\nResponse GET(const Request&) { for (;;) std::memset(new char[1 << 20], 1, 1 << 20); }',
  'double-free':
    '#include <cstdlib>\nResponse GET(const Request&) { void* volatile once = std::malloc(100000); std::free(once); std::free(once); return Response(); }',
  exit: '#include <cstdlib>\nResponse GET(const Request&) { std::_Exit(3); }',
  'never-done': `#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
${second}Task<Response> GET(Request&) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, std::chrono::hours(1));
  co_await timer.async_wait(boost::asio::use_awaitable);
  co_return Response();
}`,
  'stdout-flooded':
    '#include <iostream>\nResponse GET(const Request&) { for (int i = 0; i < 20000; ++i) std::cout << std::string(100, \'x\') << "\\n"; std::cout.flush(); return Response::text("said"); }',
  'descriptors-exhausted': `#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <vector>
Response GET(const Request&) {
  std::vector<int> all;
  for (int one; (one = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) all.push_back(one);
  const bool known = errno == EMFILE;
  for (const int one : all) ::close(one);
  return Response::text(known ? "EMFILE" : "another");
}`,
  'forged-frames': `#include <unistd.h>
#include <thread>
Response GET(const Request& request) {
  // A response to a stream that is not open.
  const char frame[20] = {8, 0, 0, 0, 8, 1, 0, 0, 0x7f, 0x7f, 0x7f, 0x7f};
  if (::write(3, frame, sizeof frame) < 0) return Response(500);
  while (!request.stop_token().stop_requested()) std::this_thread::yield();
  return Response();
}`,
  'huge-response':
    "Response GET(const Request&) { return Response::text(std::string(64 << 20, 'h')); }",
}

const files: Record<string, string> = {
  'app/api/quiet/route.cpp': `${head}Response GET(const Request&) { return Response::json(json::object{{"quiet", true}}); }\n`,
  'app/api/flow/route.cpp': `${head}Response GET(const Request&) {
  return Response::stream("application/octet-stream", [](BodyWriter& body) -> Task<void> {
    const std::string chunk(65536, '\\0');
    while (co_await body.write(chunk)) {}
  });
}\n`,
}
for (const [name, source] of Object.entries(routes))
  files[`app/api/${name}/route.cpp`] = `${head}${source}\n`
faultTests(routesProject(faults, files))
