// The table of kinds in link.md.

export function kindsTable({ kinds, flags }) {
  const everywhere = flags.filter(({ on }) => on === undefined)
  const row = ({ name, value, from, payload, allowed, doc }) => {
    const own = allowed.filter((flag) => !everywhere.includes(flag))
    const flagged = own.map((flag) => `; flag \`${flag.name}\``).join('')
    return `| \`${name}\` | ${value} | ${from.join(', ')} | ${payload}${flagged} | ${doc} |`
  }
  return [
    '| Kind | Number | From | Payload | |',
    '| --- | --- | --- | --- | --- |',
    ...kinds.map(row),
  ].join('\n')
}
