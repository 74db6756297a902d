// Generates from src/project/settings_keys.json the C++ tables of millrace.toml's keys, and the
// tables of the documents. `--check` writes nothing and fails if a file is out of date.
import { writeGenerated } from '../generated.mjs'
import { documentTables } from './documents.mjs'
import { keysHpp } from './keys_hpp.mjs'
import { structsHpp } from './structs_hpp.mjs'
import { readTable } from './table.mjs'

const table = readTable()
writeGenerated('src/project/settings_keys.json', 'node scripts/settings-keys/generate.mjs', {
  'src/project/generated/settings_structs.hpp': structsHpp(table),
  'src/project/generated/settings_keys.hpp': keysHpp(table),
  ...documentTables(table),
})
