/**
 * Tests the manual page and the completions, which are written from the help of the executable.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { readCommandTable, readHelp } from '../documents/command_table.ts'
import { bashCompletion, fishCompletion, zshCompletion } from '../documents/completions.ts'
import { manPage } from '../documents/man_page.ts'

const program =
  process.env['MILLRACE'] ?? new URL('../../build/release/millrace', import.meta.url).pathname
const table = readCommandTable(program)
const folder = mkdtempSync(join(tmpdir(), 'millrace-documents-'))
after(() => rmSync(folder, { recursive: true, force: true }))

describe('the table of commands', () => {
  test('has the commands and options of the help', () => {
    const names = table.commands.map(({ name }) => name)
    for (const name of ['dev', 'build', 'start', 'ps', 'verify', 'help'])
      assert.ok(names.includes(name), name)
    const build = table.commands.find(({ name }) => name === 'build')!
    const engine = build.options.find(({ names }) => names.includes('--engine'))!
    assert.deepEqual(engine.choices, ['auto', 'light', 'next'])
    const dev = table.commands.find(({ name }) => name === 'dev')!
    const port = dev.options.find(({ names }) => names.includes('--port'))!
    assert.deepEqual([port.names, port.value], [['-p', '--port'], 'PORT'])
  })

  test('is not made of a help that it cannot read', () => {
    assert.throws(() => readHelp('About\nUsage\n\nOptions:\n -x  odd\n'), /cannot read/)
  })
})

describe('completions of bash', () => {
  const file = join(folder, 'millrace.bash')
  writeFileSync(file, bashCompletion(table))
  mkdirSync(join(folder, 'shop'))

  /** Returns the completions of the last word, sorted. */
  function complete(...words: string[]): string[] {
    const script = `source "$0"; cd "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _millrace; printf '%s\\n' "\${COMPREPLY[@]}"`
    const args = ['--norc', '-c', script, file, folder, ...words]
    const text = execFileSync('bash', args, { encoding: 'utf8' })
    return text.split('\n').filter(Boolean).sort()
  }

  test('complete commands', () => {
    assert.deepEqual(complete('millrace', 'r'), ['reload', 'rollback', 'routes'])
  })
  test('complete options, folders and the values of options', () => {
    assert.deepEqual(complete('millrace', 'build', '--en'), ['--engine'])
    assert.deepEqual(complete('millrace', 'build', '--engine', ''), ['auto', 'light', 'next'])
    assert.deepEqual(complete('millrace', 'dev', 'sh'), ['shop'])
    assert.deepEqual(complete('millrace', 'dev', '--port', ''), [])
  })
})

test('completions of zsh and fish have every command and option', () => {
  const [zsh, fish] = [zshCompletion(table), fishCompletion(table)]
  for (const { name, options } of table.commands) {
    assert.match(zsh, new RegExp(`'${name}:`))
    assert.match(fish, new RegExp(`-a ${name} -d `))
    for (const long of options.flatMap(({ names }) => names).filter((n) => n.startsWith('--'))) {
      assert.ok(zsh.includes(long), long)
      assert.ok(fish.includes(` -l ${long.slice(2)}`), long)
    }
  }
  assert.equal(zsh.split("'").length % 2, 1)
})

test('the manual page has every command, and no line that the formatter would take for a request', () => {
  const page = manPage(table, '1.2.3')
  for (const { name } of table.commands) assert.ok(page.includes(`\\fBmillrace ${name}\\fR`), name)
  assert.match(page, /^\.TH MILLRACE 1 .*1\.2\.3/)
  for (const line of page.split('\n')) assert.match(line, /^(?!['.])|^\.(TH|SH|TP|B|RS|RE)\b/, line)
})
