/**
 * Tests that systemd understands the unit files: that of the Debian package, and the one that the
 * manual shows. `systemd-analyze verify` reports unknown keys and values.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'

const root = new URL('../../', import.meta.url)
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'millrace-units-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Returns what systemd reports about a unit whose program and manual are installed. */
function reportOn(name: string, unit: string): string {
  const installed = unit.replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true')
  const file = join(folder, name)
  writeFileSync(file, installed.replace(/^Documentation=.*\n/m, ''))
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
  const about = stderr.split('\n').filter((line) => line.includes(name.replace(/@?\.\w+$/, '')))
  return status === 0 ? about.join('\n') : `${status}: ${stderr}`
}

const absent = spawnSync('systemd-analyze', ['--version']).error !== undefined

describe('unit files', { skip: absent && 'systemd-analyze is not installed' }, () => {
  const packaged = text('packaging/debian/millrace@.service')
  const [documented = ''] =
    text('docs/deploy.md').match(/(?<=```ini\n)\[Unit\][\s\S]*?(?=```)/) ?? []

  test('are understood', () => {
    assert.equal(reportOn('millrace@.service', packaged), '')
    assert.match(documented, /ExecStart=/)
    assert.equal(reportOn('shop.service', documented), '')
  })

  test('with a value that systemd does not know are reported', () => {
    assert.notEqual(reportOn('wrong.service', documented.replace(/^Type=.*/m, 'Type=soon')), '')
  })
})
