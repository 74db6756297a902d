// Finds code that g++ 12.2 miscompiles: it destroys twice a temporary with owning members, a
// capturing lambda or a braced aggregate that is created inside a co_await expression. Such a
// temporary must be assigned to a variable on a line of its own first.

import { bareCode, files, report } from './files.mjs'

const expression =
  /\bco_await\b[^;]*?(?:\(|,)\s*(?:\[[^\]]+\]\s*[({]|\{[^}]|[\w:]+\s*\{[^}])[^;]*;/g
const faults = []
for (const path of files(/\.(hpp|cpp)$/)) {
  const code = bareCode(path)
  for (const match of code.matchAll(expression)) {
    const line = code.slice(0, match.index).split('\n').length
    faults.push(
      `${path}:${line}: a lambda or an aggregate made inside co_await is destroyed twice by g++ 12; assign it to a variable first`,
    )
  }
}
report(faults)
