// The tables of millrace.toml's keys in docs/.
import { types } from './table.mjs'

/** By document, then by section. */
export function documentTables({ sections }) {
  const tables = {}
  for (const section of sections) {
    tables[section.document] ??= {}
    tables[section.document][`keys of [${section.name}]`] = keyTable(section)
  }
  return tables
}

function keyTable({ keys }) {
  return [
    '| Key | Value | Default | Meaning |',
    '| --- | --- | --- | --- |',
    ...keys.map(
      (key) =>
        `| \`${key.name}\` | ${types[key.type].word}${range(key)} | ${shown(key)} | ${[key.help, key.more].filter(Boolean).join(' ')} |`,
    ),
  ].join('\n')
}

/** What a value is held to, where that is more than what its type says. */
function range({ min, max }) {
  if (max !== undefined) return `, ${min} to ${max}`
  return min === undefined || min === '0s' ? '' : `, at least ${min}`
}

/** A default as millrace.toml writes it is code, one in words is not. */
function shown(key) {
  if (key.default === '') return key.shown === '""' ? 'none' : key.shown
  return key.shown === JSON.stringify(key.default) ? `\`${key.shown}\`` : key.shown
}
