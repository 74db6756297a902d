/**
 * Tests the key of Server Actions, which all builds of a project share.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readOrCreateKey } from '../../runtime/node/src/project/key_file.ts'
import { serverActionsKey } from '../src/next_engine/server_actions_key.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-key-'))
const path = join(root, '.millrace/server-actions.key')
after(() => rmSync(root, { recursive: true, force: true }))

test('every build gets the same key, from a file that only its owner can read', () => {
  const key = serverActionsKey(root, {})
  assert.equal(Buffer.from(key, 'base64').length, 32)
  assert.equal(serverActionsKey(root, {}), key)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(join(root, '.millrace')), ['server-actions.key'])
})

test("the environment's key wins", () => {
  const given = { NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: 'own' }
  assert.equal(serverActionsKey(root, given), 'own')
  assert.notEqual(serverActionsKey(root, { NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: '' }), '')
})

test('a file that is no key is an error that names it', () => {
  const before = readFileSync(path)
  writeFileSync(path, 'short\n')
  assert.throws(
    () => serverActionsKey(root, {}),
    /server-actions\.key: expected 32 bytes in base64/,
  )
  writeFileSync(path, before)
})

test('of two processes that create a key at once, both get that of the first', () => {
  const shared = join(root, '.millrace/shared.key')
  let first: Buffer | undefined
  const second = readOrCreateKey(shared, () => {
    first = readOrCreateKey(shared, () => Buffer.from('first'))
    return Buffer.from('second')
  })
  assert.equal(first!.toString(), 'first')
  assert.equal(second.toString(), 'first')
  assert.deepEqual(readdirSync(join(root, '.millrace')).sort(), [
    'server-actions.key',
    'shared.key',
  ])
})
