/**
 * Compiles an import of a `.wasm` file: its exports, or with `?module` the `WebAssembly.Module`
 * itself.
 */

/**
 * Returns the text of the module, which imports the bytes through `bytes`.
 * @param content of the file; the names of imports and exports are read from it.
 * @throws Error if the content is not WebAssembly.
 */
export function wasmModule(
  content: Uint8Array<ArrayBuffer>,
  bytes: string,
  asModule: boolean,
): string {
  const lines = [
    `import bytes from ${JSON.stringify(bytes)}`,
    'const module = new WebAssembly.Module(bytes)',
  ]
  if (asModule) return [...lines, 'export default module'].join('\n')
  const module = new WebAssembly.Module(content)
  const sources = [...new Set(WebAssembly.Module.imports(module).map((wanted) => wanted.module))]
  for (const [index, source] of sources.entries())
    lines.unshift(`import * as source${index} from ${JSON.stringify(source)}`)
  const given = sources.map((source, index) => `${JSON.stringify(source)}: source${index}`)
  lines.push(`const { exports } = new WebAssembly.Instance(module, { ${given.join(', ')} })`)
  WebAssembly.Module.exports(module).forEach(({ name }, index) => {
    const text = JSON.stringify(name)
    lines.push(`const export${index} = exports[${text}]`, `export { export${index} as ${text} }`)
  })
  return lines.join('\n')
}
