import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { routeMethods } from '../src/base/methods.ts'

/** Returns the methods that a C++ source lists between `begin` and `end`. */
function listed(path: string, begin: string, end: string): string[] {
  const text = readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
  const [, after = ''] = text.split(begin, 2)
  assert.ok(after.includes(end), `${path} has no "${begin}" before "${end}"`)
  return [...after.slice(0, after.indexOf(end)).matchAll(/[A-Z]{3,}/g)].map(([name]) => name)
}

test('the methods of routes are the same in C++', () => {
  const sorted = [...routeMethods].sort()
  assert.deepEqual(listed('src/project/route.hpp', 'kRouteMethods = {', '};'), routeMethods)
  assert.deepEqual(listed('src/gateway/exchange.cpp', '"Allow: ', '\\r\\n'), sorted)
  const sdk = 'sdk/include/millrace/detail/export_route.hpp'
  assert.deepEqual(
    listed(sdk, '#ifdef MILLRACE_ROUTE_KIND_APP\nMILLRACE_FIND(', '#endif')
      .filter((name) => name !== 'MILLRACE' && name !== 'FIND')
      .sort(),
    sorted,
  )
})
