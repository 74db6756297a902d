import type { AnyNode } from 'acorn'
import type { Ref } from './facts.ts'
import { refTo, type Values } from './values.ts'

/** The exports of a module. */
export class ModuleExports {
  /** By name: includes `default`; `=` is the value that replaces CommonJS's `module.exports`. */
  readonly names: Record<string, Ref[]> = Object.create(null) as Record<string, Ref[]>
  /** Modules whose exports are all exported again. */
  readonly stars: string[] = []
  readonly #values: Values

  constructor(values: Values) {
    this.#values = values
  }

  /** Adds a possible value of a name. */
  add(name: string, refs: readonly Ref[]): void {
    ;(this.names[name] ??= []).push(...refs)
  }

  /** Adds the names of an export declaration. */
  declare(node: AnyNode): void {
    if (node.type === 'ExportAllDeclaration') {
      const source = String(node.source.value)
      if (node.exported)
        this.names[nameOf(node.exported)] = [refTo({ is: 'import', source, name: '*' })]
      else this.stars.push(source)
    } else if (node.type === 'ExportDefaultDeclaration') {
      this.names['default'] = this.#values.of(node.declaration as AnyNode)
    } else if (node.type === 'ExportNamedDeclaration') {
      const source = node.source ? String(node.source.value) : null
      for (const { local, exported } of node.specifiers) {
        this.names[nameOf(exported)] =
          source === null
            ? this.#values.of(local)
            : [refTo({ is: 'import', source, name: nameOf(local) })]
      }
      const { declaration } = node
      if (declaration?.type === 'VariableDeclaration') {
        for (const { id } of declaration.declarations)
          for (const [name] of this.#values.pattern(id, []))
            this.names[name.name] = this.#values.of(name)
      } else if (declaration?.id) this.names[declaration.id.name] = this.#values.of(declaration.id)
    }
  }
}

function nameOf(node: AnyNode): string {
  return node.type === 'Identifier' ? node.name : node.type === 'Literal' ? String(node.value) : ''
}
