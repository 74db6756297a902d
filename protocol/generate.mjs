// Writes protocol/generated/ and the table of kinds in link.md from frames.json, so that both sides
// of the link and its description share one definition. `--check` writes nothing and fails where a
// file is out of date.
import { writeGenerated } from '../scripts/generated.mjs'
import { framesHpp } from './generator/frames_hpp.mjs'
import { framesTs } from './generator/frames_ts.mjs'
import { kindsTable } from './generator/link_md.mjs'
import { payloadsHpp } from './generator/payloads_hpp.mjs'
import { readSchema } from './generator/schema.mjs'

const schema = readSchema()
writeGenerated('protocol/frames.json', 'node protocol/generate.mjs', {
  'protocol/generated/frames.hpp': framesHpp(schema),
  'protocol/generated/payloads.hpp': payloadsHpp(schema),
  'protocol/generated/frames.ts': framesTs(schema),
  'protocol/link.md': { kinds: kindsTable(schema) },
})
