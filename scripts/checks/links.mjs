// Checks that relative links in the Markdown files lead to existing files, and to existing headings
// in them.

import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { files, report } from './files.mjs'

const withoutCode = (text) =>
  text.replace(/^( *)(```|~~~)[\s\S]*?^\1\2/gm, (block) => block.replace(/[^\n]/g, ''))

/** Returns the anchors that GitHub generates for the headings of a Markdown text. */
function anchors(text) {
  const headings = [...withoutCode(text).matchAll(/^#{1,6}\s+(.*?)\s*#*$/gm)]
  return new Set(
    headings.map(([, title]) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

const faults = []
for (const path of files(/\.md$/)) {
  const text = withoutCode(readFileSync(path, 'utf8')).replace(/`[^`\n]*`/g, (code) =>
    ' '.repeat(code.length),
  )
  for (const match of text.matchAll(/\[[^\]]*\]\(<?([^)\s>]+)>?[^)]*\)/g)) {
    const target = match[1]
    if (/^[a-z][a-z+.-]*:/i.test(target)) continue
    const [file, anchor] = target.split('#')
    const at = `${path}:${text.slice(0, match.index).split('\n').length}`
    const other = file === '' ? path : normalize(join(dirname(path), decodeURI(file)))
    if (!existsSync(other)) {
      faults.push(`${at}: ${target} does not exist`)
    } else if (anchor && statSync(other).isFile() && other.endsWith('.md')) {
      if (!anchors(readFileSync(other, 'utf8')).has(anchor))
        faults.push(`${at}: ${other} has no heading #${anchor}`)
    }
  }
}
report(faults)
