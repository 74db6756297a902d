import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { TestProject, TestServer } from './support.ts'

const project = new TestProject()
let server: TestServer

before(async () => {
  symlinkSync(
    fileURLToPath(new URL('../../../node_modules', import.meta.url)),
    `${project.root}/node_modules`,
  )
  project.write('package.json', JSON.stringify({ dependencies: { next: '16' } }))
  server = await TestServer.start(project, [
    {
      kind: 'app',
      path: '/api/items/[id]',
      source: `import work from 'next/dist/server/app-render/work-async-storage.external.js'
        import unit from 'next/dist/server/app-render/work-unit-async-storage.external.js'
        import { cookies } from 'next/headers'
        export const GET = async () => {
          const { workUnitAsyncStorage } = unit
          await null
          const store = work.workAsyncStorage.getStore(), of = workUnitAsyncStorage.getStore()
          ;(await cookies()).set('own', '1')
          return Response.json([store.page, store.route, store.isStaticGeneration, of.type, of.phase, of.url.pathname, of.headers.get('x-a'), of.cookies.get('own').value])
        }`,
    },
    {
      kind: 'app',
      // As Clerk determines whether it runs in a page or a route of the App Router.
      source: `export const GET = () => {
        const { page, route } = fetch.__nextGetStaticStore().getStore()
        return Response.json([fetch.__nextPatched, page, route, globalThis[Symbol.for('next-patch')]])
      }`,
    },
    {
      kind: 'app',
      source: `import work from 'next/dist/server/app-render/work-async-storage.external.js'
        const seen = [work.workAsyncStorage.getStore() === undefined]
        export const GET = () => {
          seen.push(work.workAsyncStorage.run('own', () => work.workAsyncStorage.getStore()))
          return Response.json(seen)
        }`,
    },
    {
      kind: 'app',
      // Next.js's own functions, under another name than Millrace's modules.
      source: `import headers from 'next/dist/server/request/headers.js'
        import cookies from 'next/dist/server/request/cookies.js'
        export const GET = async () => Response.json([(await headers.headers()).get('x-a'), (await cookies.cookies()).get('c').value])`,
    },
    {
      kind: 'app',
      source: `import { NextFetchEvent } from 'next/server'
        import { redirect, useParams, usePathname, useRouter, useSearchParams, useSelectedLayoutSegment, useSelectedLayoutSegments, useServerInsertedHTML } from 'next/navigation'
        export const GET = () => { try { useRouter() } catch (error) { return new Response(typeof NextFetchEvent + ' ' + error.message) } }`,
    },
  ])
})
after(async () => {
  await server[Symbol.asyncDispose]()
  project[Symbol.dispose]()
})

test('the storages of the installed next have the running request', async () => {
  const response = await server.request({
    route: 0,
    url: '/api/items/7?q=1',
    headers: [
      ['Host', 'a'],
      ['X-A', 'b'],
    ],
  })
  assert.equal(
    response.text,
    '["/api/items/[id]/route","/api/items/[id]",false,"request","action","/api/items/7","b","1"]',
  )
  assert.match(response.header('set-cookie')!, /^own=1/)
})

test('fetch.__nextGetStaticStore() has the running request', async () => {
  assert.equal((await server.request({ route: 1 })).text, '[true,"/api/1/route","/api/1",true]')
})

test('a store of another program takes precedence, and outside of requests there is none', async () => {
  assert.equal((await server.request({ route: 2 })).text, '[true,"own"]')
})

test('functions of next itself see the request', async () => {
  assert.equal(
    (
      await server.request({
        route: 3,
        headers: [
          ['Host', 'a'],
          ['X-A', 'b'],
          ['Cookie', 'c=d'],
        ],
      })
    ).text,
    '["b","d"]',
  )
})

test('hooks of components can be imported beside helpers', async () => {
  assert.equal(
    (await server.request({ route: 4 })).text,
    'function `useRouter()` of next/navigation was called in a route, where no component is rendered.',
  )
})
