/**
 * Tests how the messages of compilers are reduced for the author of a route.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hintsFor, readableMessages } from '../src/native/diagnostics.ts'

const root = '/project'
const file = 'app/a/route.cpp'
const wrapper = '/store/draft-1.cpp'
const ours = '/share/sdk/include/millrace/detail/export_route.hpp'

/** An error in code that the build appends. */
const behind = `In file included from ${wrapper}:2:
${ours}:35:1: error: invalid declaration of member template in local class
   35 | MILLRACE_FIND(GET)
`
const own = `In file included from ${wrapper}:1:
/project/app/a/route.cpp: In function ‘Response GET()’:
/project/app/a/route.cpp:4:7: error: ‘fals’ was not declared in this scope
    4 |   if (fals) {
      |       ^~~~
`

test('errors in appended code that follow from an error in the route are left out', () => {
  const { text, onlyOurs } = readableMessages(own + behind + behind, wrapper, root, file)
  assert.equal(onlyOurs, false)
  assert.equal(
    text,
    `app/a/route.cpp: In function ‘Response GET()’:
app/a/route.cpp:4:7: error: ‘fals’ was not declared in this scope
    4 |   if (fals) {
      |       ^~~~`,
  )
})

test('errors only in appended code mean that a construct is left open', () => {
  assert.deepEqual(readableMessages(behind, wrapper, root, file), { text: '', onlyOurs: true })
})

test('the line that names the generated translation unit is removed, the lines between stay', () => {
  const through = `In file included from /project/lib/b.hpp:3,
                 from /project/app/a/route.cpp:1,
                 from ${wrapper}:1:
/project/lib/c.hpp:2:2: error: no
/project/lib/c.hpp:1:1: note: because of this
`
  assert.equal(
    readableMessages(through, wrapper, root, file).text,
    `In file included from lib/b.hpp:3,
                 from app/a/route.cpp:1:
lib/c.hpp:2:2: error: no
lib/c.hpp:1:1: note: because of this`,
  )
})

test('an assertion about a handler is reduced to its text', () => {
  const gcc = `${ours}: In instantiation of ‘static constexpr void check_result() [with bool Right = false]’:
${ours}:152:40:   required from here
${ours}:86:1: error: static assertion failed: GET returns something else: expected Response
   86 | MILLRACE_FIND(GET)
${ours}:86:1: note: ‘false’ evaluates to false
`
  assert.equal(
    readableMessages(gcc, wrapper, root, file).text,
    'app/a/route.cpp: error: GET returns something else: expected Response',
  )
  const clang = `${ours}:86:1: error: static_assert failed "GET returns something else: expected Response"\n1 error generated.\n`
  assert.equal(
    readableMessages(clang, wrapper, root, file).text,
    'app/a/route.cpp: error: GET returns something else: expected Response',
  )
})

test('messages about a source without a generated translation unit are unchanged', () => {
  assert.equal(
    readableMessages('/project/lib/a.cpp:1:1: error: no\n', null, root, 'lib/a.cpp').text,
    'lib/a.cpp:1:1: error: no',
  )
})

test('the g++ error for a co_await that it cannot compile has a hint', () => {
  assert.match(
    hintsFor('app/a/route.cpp:5:3: error: array used as initializer'),
    /g\+\+ 12.*co_await.*a variable first/,
  )
  assert.equal(hintsFor('app/a/route.cpp:5:3: error: no'), '')
})
