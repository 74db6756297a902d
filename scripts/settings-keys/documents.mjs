// Generates the tables of millrace.toml's keys in docs/.
import { basename } from 'node:path'
import { types } from './table.mjs'

const reference = 'docs/millrace-toml.md'

/** Returns the tables by document, then by section. */
export function documentTables({ sections }) {
  const tables = { [reference]: { 'all keys': sections.map(referenceSection).join('\n\n') } }
  for (const section of sections) {
    tables[section.document] ??= {}
    tables[section.document][`keys of [${section.name}]`] = keyTable(section)
  }
  return tables
}

/** Returns a section of the reference of all keys, with links from there. */
function referenceSection(section) {
  const page = basename(section.document)
  const name = /^(build|tls|limits)\.|^(cors|headers)$/.test(section.name)
    ? `[[${section.name}]]`
    : `[${section.name}]`
  const table = keyTable(section)
    .replaceAll('](#', `](${page}#`)
    .replaceAll('See [below]', 'See [there]')
  return [
    `### \`${name}\``,
    `${section.title}. Described in [${page}](${page}).`,
    ...(section.others === undefined ? [] : [section.others]),
    table,
  ].join('\n\n')
}

function keyTable({ keys }) {
  return [
    '| Key | Value | Default | Meaning |',
    '| --- | --- | --- | --- |',
    ...keys.map(
      (key) =>
        `| \`${key.name}\` | ${wordOf(key)}${range(key)} | ${shown(key)} | ${[key.help, key.more].filter(Boolean).join(' ')} |`,
    ),
  ].join('\n')
}

function wordOf(key) {
  const { word } = types[key.type]
  return typeof word === 'string' ? word : word(key)
}

/** Returns the range of a value, if it is narrower than that of its type. */
function range({ min, max }) {
  if (max !== undefined) return `, ${min} to ${max}`
  return min === undefined || min === '0s' ? '' : `, at least ${min}`
}

/** A default in millrace.toml's syntax is formatted as code, a default in words is not. */
function shown(key) {
  if (key.default === '') return key.shown === '""' ? 'none' : key.shown
  return key.shown === JSON.stringify(key.default) ? `\`${key.shown}\`` : key.shown
}
