// Checks that the tests of every folder of src/ whose code uses threads are tests of the preset
// tsan, and of no other folder: `millrace_test(NAME THREADS …)` in its CMakeLists.txt. A folder is
// taken for one that uses threads if a file of it names a type of <thread>, <mutex>, <atomic> and
// the like.

import { readFileSync } from 'node:fs'
import { bareCode, files, report } from './files.mjs'

const shared =
  /\bstd::(jthread|thread|atomic|mutex|shared_mutex|recursive_mutex|condition_variable|latch|barrier|counting_semaphore|async|call_once)|\bpthread_|\bthread_pool\b/

const threaded = new Map()
for (const path of files(/^src\/[^/]+\/.*\.(cpp|hpp)$/)) {
  const folder = path.split('/')[1]
  if (!threaded.has(folder) && shared.test(bareCode(path))) threaded.set(folder, path)
}

const faults = []
let declared = 0
for (const path of files(/^src\/[^/]+\/CMakeLists\.txt$/)) {
  const folder = path.split('/')[1]
  const test = /millrace_test\(\s*(\w+)(\s+THREADS\b)?/.exec(readFileSync(path, 'utf8'))
  if (test === null) {
    const user = threaded.get(folder)
    if (user) faults.push(`${path}: no tests, but ${user} uses threads`)
    continue
  }
  if (test[2]) declared += 1
  if (threaded.has(folder) && !test[2]) {
    faults.push(`${path}: millrace_test needs THREADS, since ${threaded.get(folder)} uses threads`)
  }
  if (!threaded.has(folder) && test[2]) {
    faults.push(`${path}: millrace_test has THREADS, but no file of the folder uses threads`)
  }
}
if (declared === 0) faults.push('src/: no folder has tests for ThreadSanitizer')
report(faults)
