import assert from 'node:assert/strict'
import { test } from 'node:test'

import { TestProject, TestServer } from './support.ts'

test('json() answers in one frame with type and ETag', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    { source: `export default function handler(req, res) { res.status(201).json({ hello: req.query.name }) }` },
  ])
  const answer = await server.request({ url: '/api/0?name=J%C3%BCrg' })
  assert.equal(answer.status, 201)
  assert.equal(answer.text, '{"hello":"Jürg"}')
  assert.equal(answer.header('content-type'), 'application/json; charset=utf-8')
  assert.match(answer.header('etag')!, /^"[0-9a-z]+"$/)
})
