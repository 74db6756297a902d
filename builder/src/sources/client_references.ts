/**
 * Compiles files with `'use client'` for server code: it gets references, which React renders, and
 * the file itself does not run. Route handlers get the same under Next.js; calling an export of the
 * file is an error.
 */
import { init, parse } from 'es-module-lexer'
import { type Loader, transform } from 'esbuild'

const beforeDirective =
  /^\uFEFF?(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?:'use strict'|"use strict");?)*/

/** Whether a file's text begins with the directive. */
export function isClientBoundary(text: string): boolean {
  if (!text.includes('use client')) return false
  return /^['"]use client['"]/.test(text.slice(beforeDirective.exec(text)![0].length))
}

/**
 * Returns the JavaScript module that replaces one with the directive.
 * @param file as messages name it.
 * @throws Error for `export *`, whose names are unknown without the other file.
 */
export async function referencesText(text: string, loader: Loader, file: string): Promise<string> {
  await init()
  const { code } = await transform(text, { loader, jsx: 'automatic', logLevel: 'silent' })
  const [, exports, , hasModuleSyntax] = parse(code)
  if (exports.some(({ type }) => type === 'reexport-all')) {
    throw new Error(
      'It\'s currently unsupported to use "export *" in a client boundary. Please use named exports instead.',
    )
  }
  const reference = `(name) => {
  const what = name === 'default' ? ${JSON.stringify(`the default export of ${file}`)} : name + '()'
  const where = name === 'default' ? "it's" : name + ' is'
  const refuse = () => { throw new Error("Attempted to call " + what + " from the server but " + where + " on the client. It's not possible to invoke a client function from the server, it can only be rendered as a Component or passed to props of a Client Component.") }
  return Object.defineProperties(refuse, { $$typeof: { value: Symbol.for('react.client.reference') }, $$id: { value: ${JSON.stringify(file)} + '#' + name } })
}`
  if (!hasModuleSyntax) {
    const names = commonJsNames(code).map(
      (name) =>
        `, ${JSON.stringify(name)}: { value: ${name === '__esModule' ? 'true' : `reference(${JSON.stringify(name)})`}, enumerable: true }`,
    )
    return `const reference = ${reference}\nmodule.exports = Object.defineProperties(reference('module.exports'), { __proto__: null${names.join('')} })`
  }
  const names = exports.flatMap((found) => ('name' in found ? [JSON.stringify(found.name)] : []))
  const lines = names.map(
    (name, index) => `const r${index} = reference(${name})\nexport { r${index} as ${name} }`,
  )
  return [`const reference = ${reference}`, ...lines, 'export {}'].join('\n')
}

/**
 * Finds what a CommonJS module exports: in assignments, definitions, and the annotations that
 * compilers leave for Node.js.
 */
function commonJsNames(code: string): string[] {
  const set = [
    ...code.matchAll(/\bexports\.([A-Za-z_$][\w$]*)\s*=(?!=)/g),
    ...code.matchAll(/\bdefineProperty\(\s*exports\s*,\s*['"]([\w$]+)['"]/g),
  ]
  const noted = [...code.matchAll(/\b0 && \(module\.exports = \{([^}]*)\}/g)].flatMap(
    ([, list]) => [...list!.matchAll(/[A-Za-z_$][\w$]*(?=\s*[,:}]|\s*$)/g)],
  )
  return [...new Set([...set.map((found) => found[1]!), ...noted.map((found) => found[0])])].filter(
    (name) => name !== 'null',
  )
}
