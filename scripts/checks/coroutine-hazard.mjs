// g++ 12.2 destroys twice a temporary with owning members, a capturing lambda or a braced
// aggregate, made inside a co_await expression. Such a temporary has to be named on a line of its
// own first.

import { bareCode, files, report } from './files.mjs'

const expression =
  /\bco_await\b[^;]*?(?:\(|,)\s*(?:\[[^\]]+\]\s*[({]|\{[^}]|[\w:]+\s*\{[^}])[^;]*;/g
const faults = []
for (const path of files(/\.(hpp|cpp)$/)) {
  const code = bareCode(path)
  for (const match of code.matchAll(expression)) {
    const line = code.slice(0, match.index).split('\n').length
    faults.push(
      `${path}:${line}: a lambda or an aggregate made inside co_await is destroyed twice by g++ 12; name it first`,
    )
  }
}
report(faults)
