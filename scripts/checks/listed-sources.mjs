// Checks that every C++ file of src/ and of the other folders that CMake builds is named in a
// CMakeLists.txt of its folder or one above it: an unnamed file would not be built or tested.
// Headers shared by the tests of a folder, test_*.hpp, are left out.

import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { files, report } from './files.mjs'

const faults = []
/** Routes, which are compiled like those of users, and programs that a script compiles. */
const elsewhere = /^bench\/native\//
for (const path of files(/^(src|fuzz|bench|runtime\/native|sdk)\/.*\.(cpp|hpp)$/)) {
  if (elsewhere.test(path)) continue
  if (basename(path).startsWith('test_') && path.endsWith('.hpp')) continue
  let folder = dirname(path)
  while (folder !== '.' && !existsSync(join(folder, 'CMakeLists.txt'))) folder = dirname(folder)
  const list =
    folder === '.'
      ? ''
      : readFileSync(join(folder, 'CMakeLists.txt'), 'utf8').replace(/#[^\n]*/g, '')
  const name = relative(folder, path)
  // Fuzz targets are named without their extension.
  const words = list.split(/[\s()"]+/)
  if (!words.includes(name) && !words.includes(name.replace(/(_fuzzer)?\.cpp$/, ''))) {
    faults.push(
      `${path}: not named in ${folder === '.' ? 'any CMakeLists.txt' : `${folder}/CMakeLists.txt`}`,
    )
  }
}
report(faults)
