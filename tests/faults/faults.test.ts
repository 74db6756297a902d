/**
 * Tests what one faulty handler does to a server, fault by fault. Prints a table; docs/faults.md
 * has the one of an idle machine.
 */
import { faultyRoutes, quietRoute } from './support/routes.ts'
import { type Fault, faultTests, routesProject } from './support/suite.ts'

const faults: Readonly<Record<string, Fault>> = {
  'endless-loop': { status: 504, death: /killed: blocked.*in flight: .*\/api\/endless-loop/ },
  'exit-0': { status: 502, death: /exit code 0; in flight: .*\/api\/exit-0/ },
  abort: { status: 502, death: /signal 6 \(Aborted\); in flight: .*\/api\/abort/ },
  segfault: {
    status: 502,
    death: /signal 11 \(Segmentation fault\); in flight: .*\/api\/segfault/,
  },
  growth: { status: 502, death: /killed: memory limit.*in flight: .*\/api\/growth/ },
  // Detected first by V8, the server's memory check, or its pings.
  'heap-exhausted': {
    status: 502,
    death: /(signal 6|memory limit|blocked).*in flight: .*\/api\/heap-exhausted/,
  },
  'huge-buffer': { status: 500 },
  'unhandled-rejection': { status: 200 },
  'exception-in-timer': { status: 200 },
  'never-settled': { status: 504 },
  'regular-expression': {
    status: 504,
    death: /killed: blocked.*in flight: .*\/api\/regular-expression/,
  },
  'stdout-flooded': { status: 200 },
  'descriptors-exhausted': { status: 200, body: /EMFILE/ },
  'fork-that-lives-on': {
    status: 502,
    death: /exit code 1; in flight: .*\/api\/fork-that-lives-on/,
  },
  stopped: { status: 504, death: /killed: blocked.*in flight: .*\/api\/stopped/ },
  'forged-frames': {
    status: 502,
    death: /broke the link protocol; in flight: .*\/api\/forged-frames/,
  },
  'cut-frame': { status: 502, death: /signal 9 .*in flight: .*\/api\/cut-frame/ },
  'huge-response': { status: 200 },
}

const files: Record<string, string> = {
  'app/api/quiet/route.js': quietRoute,
  'app/api/flow/route.js': `export const GET = () => new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(65536)) } }))`,
}
for (const [name, source] of Object.entries(faultyRoutes))
  files[`app/api/${name}/route.js`] = source
faultTests(routesProject(faults, files))
