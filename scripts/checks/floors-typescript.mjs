// Checks the floors of TypeScript, as floors.mjs does for C++: a file of one of the trees below
// imports, types included, only from its own folder and from folders on lower floors, never from a
// sibling. Files at a tree's root are above all floors: they are the programs. The linter reports
// import cycles within a folder (biome.jsonc, noImportCycles).

import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { files, report } from './files.mjs'
import { describeFault, Floors } from './floor_rules.mjs'

const trees = {
  'runtime/node/src': new Floors([
    ['base'],
    ['process', 'link', 'web', 'cache', 'project'],
    ['invocation'],
    ['context'],
    ['app', 'pages', 'middleware'],
    ['upgrade'],
    ['next_engine', 'next'],
    ['routes'],
    ['worker', 'prerender'],
  ]),
  'builder/src': new Floors([
    ['base'],
    ['config', 'project'],
    ['syntax'],
    [
      'rules',
      'native',
      'proxy',
      'memory_state',
      'mistakes',
      'use_cache',
      'assets',
      'rewrites',
      'editor',
    ],
    ['sources'],
    ['packages', 'metadata'],
    ['bundle'],
    ['dev'],
    ['manifest', 'next_config', 'next_engine'],
    ['prerender', 'standalone'],
  ]),
}
/** Allowed imports from another tree: [importing tree, file or folder]. */
const shared = [
  ['builder/src', 'runtime/node/src/base/'],
  // Both programs must agree on sizes, keys, rewrites and the job of the prerenderer.
  ['builder/src', 'runtime/node/src/next_engine/interceptions.ts'],
  ['builder/src', 'runtime/node/src/pages/size.ts'],
  ['builder/src', 'runtime/node/src/project/dev_modules.ts'],
  ['builder/src', 'runtime/node/src/project/manifest.ts'],
  ['builder/src', 'runtime/node/src/project/preview.ts'],
  ['builder/src', 'runtime/node/src/project/key_file.ts'],
  ['builder/src', 'runtime/node/src/prerender/job.ts'],
  ['builder/src', 'runtime/node/src/prerender/metadata_path.ts'],
  ['builder/src', 'adapter/src/handed_over.ts'],
]
/** Generated constants. */
const generated = 'protocol/generated/'
const importing = /(?:\bfrom\s*|\bimport\s*\(\s*|^\s*import\s+)'(\.[^'\n]*)'/gm

const faults = []
for (const [tree, floors] of Object.entries(trees)) {
  for (const path of files(new RegExp(`^${tree}/.*\\.ts$`))) checkFile(path, tree, floors)
}
report(faults)

function checkFile(path, tree, floors) {
  const folder = folderOf(path, tree)
  if (folder !== null && !floors.has(folder)) {
    faults.push(`${path}: ${tree}/${folder} has no floor in scripts/checks/floors-typescript.mjs`)
    return
  }
  const text = readFileSync(path, 'utf8')
  for (const { 1: specifier, index } of text.matchAll(importing)) {
    const fault = faultOf(join(dirname(path), specifier), folder, tree, floors)
    if (fault === null) continue
    const line = text.slice(0, index).split('\n').length
    faults.push(`${path}:${line}: ${fault}`)
  }
}

/** Returns the fault of an import; null if there is none. */
function faultOf(used, folder, tree, floors) {
  if (used.startsWith(generated)) return null
  if (!used.startsWith(`${tree}/`)) {
    const isShared = shared.some(([by, place]) => by === tree && used.startsWith(place))
    return isShared ? null : `${used} belongs to another program`
  }
  const target = folderOf(used, tree)
  if (folder === null) return null
  if (target === null)
    return `${folder} must not use ${relative(tree, used)}, which is on a higher floor`
  if (!floors.has(target)) return `${tree}/${target} has no floor`
  const fault = floors.faultOf(folder, target)
  return fault === null ? null : describeFault(fault, folder, target)
}

/** Returns the first folder below the tree; null for a file at its root. */
function folderOf(path, tree) {
  const rest = relative(tree, path)
  return rest.includes('/') ? rest.split('/')[0] : null
}
