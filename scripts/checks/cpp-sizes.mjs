// Limits the size of C++ code: no function of src/ has more than 60 lines, no class more than 20
// data members.

import { bareCode, files, report } from './files.mjs'

const mostLines = 60
const mostMembers = 20

/** Determines what a brace opens from the text before it and the scope around it. */
function kindOf(head, scope) {
  if (scope.kind === 'function' || scope.kind === 'value') return 'value'
  if (/^(?:inline\s+)?namespace\b|^extern\s*""$/.test(head)) return 'namespace'
  if (/^enum\b/.test(head)) return 'value'
  if (/^(?:template\s*<.*>\s*)?(?:class|struct|union)\b/s.test(head) && !/\)\s*$/.test(head)) {
    return 'class'
  }
  return /\)/.test(head.replace(/\[\[.*?\]\]/g, '')) && !/(?:=|\breturn)\s*$/.test(head)
    ? 'function'
    : 'value'
}

/** Whether a statement of a class, its braces left out, declares a non-static data member. */
function declaresData(statement) {
  const plain = statement
    .replace(/\[\[.*?\]\]/gs, '')
    .trim()
    .replace(/^(?:(?:public|private|protected)\s*:\s*)+/, '')
    .trim()
  if (/^(?:using|friend|static|typedef|template|enum|class|struct|union)\b/.test(plain))
    return false
  // Text in angle brackets may contain parentheses: std::function<void()>.
  let bare = plain.replace(/=.*/s, '')
  for (let before = ''; before !== bare; ) {
    before = bare
    bare = bare.replace(/<[^<>]*>/gs, '')
  }
  return !/[()]/.test(bare) && /^[\w:\s*&]+\w(?:\s*\[[^\]]*\])*$/.test(bare.trim())
}

/** Returns the functions that are too long and the classes with too many members. */
function faultsOf(path) {
  const code = bareCode(path).replace(/^[ \t]*#(?:.*\\\n)*.*$/gm, (text) =>
    text.replace(/[^\n]/g, ''),
  )
  const faults = []
  const scopes = [{ kind: 'namespace' }]
  let statement = ''
  let line = 1
  for (let at = 0; at < code.length; at++) {
    const char = code[at]
    const scope = scopes.at(-1)
    if (char === '\n') line++
    if (char === '{') {
      const head = statement.replace(/^\s*(?:(?:public|private|protected)\s*:\s*)+/, '').trim()
      scopes.push({ kind: kindOf(head, scope), head, line, members: 0, before: statement })
      statement = ''
    } else if (char === '}') {
      scopes.pop()
      const next = /\S/.exec(code.slice(at + 1))?.[0]
      // A member's initialiser, before the body or another one.
      const initialiser = scope.kind === 'function' && (next === ',' || next === '{')
      if (scope.kind === 'function' && !initialiser && line - scope.line - 1 > mostLines) {
        const name = /([\w:~]+)\s*\(/.exec(scope.head)?.[1] ?? 'a function'
        const lines = line - scope.line - 1
        faults.push(`${path}:${scope.line}: ${name}() has ${lines} lines, more than ${mostLines}`)
      }
      if (scope.kind === 'class' && scope.members > mostMembers) {
        const name = /(?:class|struct|union)\s+([\w:]+)/.exec(scope.head)?.[1] ?? 'a class'
        faults.push(
          `${path}:${scope.line}: ${name} has ${scope.members} data members, more than ${mostMembers}`,
        )
      }
      const goesOn = scope.kind === 'value' || scope.kind === 'class' || initialiser
      statement = goesOn && scope.before !== undefined ? scope.before : ''
    } else if (char === ';') {
      if (scope.kind === 'class' && declaresData(statement)) scope.members++
      statement = ''
    } else {
      statement += char
    }
  }
  // A file that was parsed incorrectly was not checked.
  if (scopes.length !== 1) faults.push(`${path}: its braces do not match`)
  return faults
}

report(files(/^src\/.*\.(hpp|cpp)$/).flatMap(faultsOf))
