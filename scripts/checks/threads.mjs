// Checks that the tests of src/ and sdk/ whose code uses threads are tests of the preset tsan,
// and no others: they are named after THREADS in `millrace_test(NAME … THREADS a_test.cpp …)`. A
// test is taken for one that uses threads if a type of <thread>, <mutex>, <atomic> and the like
// is named by the test itself, by a source that it includes or tests, or by a header that these
// include; all of its folder.

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bareCode, files, report } from './files.mjs'

const shared =
  /\bstd::(jthread|thread|atomic|mutex|shared_mutex|recursive_mutex|condition_variable|latch|barrier|counting_semaphore|async|call_once)|\bpthread_|\bthread_pool\b/

/** Returns a header with its source, or the source itself. */
const unitOf = (path) => [path, path.replace(/\.hpp$/, '.cpp')].filter((file) => existsSync(file))

/** Returns the headers below `folder` that the file includes, with their sources. */
function includedBy(path, folder) {
  return [...readFileSync(path, 'utf8').matchAll(/^#include "([^"]+)"/gm)]
    .flatMap(([, name]) =>
      ['src', 'sdk/src', 'sdk/include', dirname(path)].map((at) => join(at, name)),
    )
    .filter((included) => included.startsWith(`${folder}/`))
    .flatMap(unitOf)
}

/** Returns the file because of which the test uses threads, or undefined. */
function threadedFileOf(test, folder) {
  const unit = unitOf(test.replace(/_test\.cpp$/, '.hpp'))
  const near = [test, ...unit, ...includedBy(test, folder)]
  const all = new Set([...near, ...near.flatMap((file) => includedBy(file, folder))])
  return [...all].find((file) => shared.test(bareCode(file)))
}

const faults = []
let declared = 0
for (const list of files(/^(src\/[^/]+|sdk)\/CMakeLists\.txt$/)) {
  const folder = list.slice(0, list.lastIndexOf('/'))
  const call = /millrace_test\(([^)]*)\)/.exec(readFileSync(list, 'utf8'))?.[1] ?? ''
  const words = /\bTHREADS\b([^)]*)/.exec(call)?.[1] ?? ''
  const named = new Set(words.split(/\s+/).filter((word) => word.endsWith('_test.cpp')))
  declared += named.size
  for (const test of files(new RegExp(`^${folder}/.*_test\\.cpp$`))) {
    const name = test.slice(folder.length + 1)
    const user = threadedFileOf(test, folder)
    if (user && !named.has(name)) {
      faults.push(`${list}: ${name} belongs after THREADS, since ${user} uses threads`)
    }
    if (!user && named.has(name)) {
      faults.push(`${list}: ${name} is named after THREADS, but no file near it uses threads`)
    }
    named.delete(name)
  }
  for (const name of named) faults.push(`${list}: ${name} after THREADS does not exist`)
}
if (declared === 0) faults.push('src/: no test is named after THREADS')
report(faults)
