/**
 * Tests that the result of `cmake --install` runs from any folder, without the repository's
 * node_modules.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, realpathSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { binary, build, project, startServer, temporaryDirectory } from './support/index.ts'

const buildFolder = dirname(realpathSync(binary()))

test('an installation builds and serves a project', {
  skip: !existsSync(join(buildFolder, 'CMakeCache.txt')) && 'not a build folder',
}, async () => {
  const first = join(temporaryDirectory(), 'first')
  execFileSync('cmake', ['--install', buildFolder, '--prefix', first], { stdio: 'pipe' })
  // Not the folder that it was configured for: an installation can be moved.
  const prefix = join(temporaryDirectory(), 'second place')
  renameSync(first, prefix)

  const millrace = join(prefix, 'bin/millrace')
  assert.match(execFileSync(millrace, ['--version'], { encoding: 'utf8' }), /\d+\.\d+\.\d+/)

  const directory = project({
    files: {
      'package.json': '{ "private": true }',
      'pages/api/hello.ts': `
        import type { NextApiRequest, NextApiResponse } from 'next'
        export default (req: NextApiRequest, res: NextApiResponse) => res.json({ node: process.execPath })
      `,
      'app/api/hi/route.ts': `
        import { NextResponse } from 'next/server'
        export const GET = () => NextResponse.json({ hi: true })
      `,
      'app/api/native/route.cpp':
        '#include <millrace/route.hpp>\nmillrace::Response GET(const millrace::Request&) { return millrace::Response::text("C++"); }\n',
      'app/api/inline/route.cpp':
        '#include <millrace/route.hpp>\nmillrace::Response GET(const millrace::Request&) { return millrace::Response::text("inline"); }\n',
      'millrace.toml': '[pools.quick]\nroutes = ["/api/inline"]\ninline = true\n',
    },
  })
  await build(directory, { binary: millrace })
  await using server = await startServer({
    command: 'start',
    directory,
    args: ['--workers', '1'],
    binary: millrace,
  })
  const body = (await (await fetch(`${server.url}/api/hello`)).json()) as { node: string }
  assert.equal(realpathSync(body.node), join(prefix, 'share/millrace/node/bin/node'))
  assert.deepEqual(await (await fetch(`${server.url}/api/hi`)).json(), { hi: true })
  assert.equal(await (await fetch(`${server.url}/api/native`)).text(), 'C++')
  assert.equal(await (await fetch(`${server.url}/api/inline`)).text(), 'inline')
})
