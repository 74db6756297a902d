/**
 * A source file as a syntax tree with its scopes resolved (eslint-scope, which ESLint is built on):
 * which variable each identifier stands for. TypeScript, JSX and decorators are compiled away by
 * esbuild first; lines are found again by its source map, which is only made for the files that
 * have something to report.
 */
import { SourceMap, type SourceMapPayload } from 'node:module'
import { extname } from 'node:path'
import type { AnyNode, Function as FunctionNode, Identifier, Node, Program } from 'acorn'
import { parse } from 'acorn'
import { type Loader, transform, type TransformOptions } from 'esbuild'
import { analyze, type Variable } from 'eslint-scope'
import { isFunction } from '../syntax/scopes.ts'

const loaders: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
}

/** The syntax of one module. */
export class Syntax {
  readonly code: string
  readonly program: Program
  readonly #parents = new Map<Node, AnyNode>()
  readonly #variables = new Map<Node, Variable>()
  /** All nodes, those around others first. */
  readonly nodes: AnyNode[] = []

  constructor(code: string) {
    this.code = code
    this.program = parse(code, {
      ecmaVersion: 'latest',
      sourceType: 'module',
      allowHashBang: true,
      allowReturnOutsideFunction: true,
      ranges: true,
    })
    this.#note(this.program)
    const { scopes } = analyze(this.program as unknown as Parameters<typeof analyze>[0], {
      ecmaVersion: 2022,
      sourceType: 'module',
    })
    for (const { variables, references, type } of scopes) {
      // A class's name is declared inside of it a second time.
      const own = type === 'class' ? undefined : variables
      for (const variable of own ?? [])
        for (const identifier of variable.identifiers)
          this.#variables.set(identifier as unknown as Node, variable)
      for (const { identifier, resolved } of references)
        if (resolved) this.#variables.set(identifier as unknown as Node, this.#outer(resolved))
    }
  }

  parent(node: Node): AnyNode | undefined {
    return this.#parents.get(node)
  }

  /**
   * The variable that an identifier declares, or stands for; undefined for one that nothing
   * declares, and for what is no variable.
   */
  variable(identifier: Identifier): Variable | undefined {
    return this.#variables.get(identifier)
  }

  text(node: Node): string {
    return this.code.slice(node.start, node.end)
  }

  /** The function right around a node. */
  functionAround(node: Node): FunctionNode | null {
    for (let at = this.parent(node); at !== undefined; at = this.parent(at))
      if (isFunction(at)) return at
    return null
  }

  #note(node: AnyNode): void {
    this.nodes.push(node)
    const members = node as unknown as Record<string, unknown>
    for (const name in members) {
      const value = members[name]
      if (typeof value !== 'object' || value === null) continue
      if (!Array.isArray(value)) this.#noteBelow(value, node)
      else for (const one of value) this.#noteBelow(one, node)
    }
  }

  #noteBelow(value: unknown, parent: AnyNode): void {
    if (typeof (value as Node | null)?.type !== 'string') return
    this.#parents.set(value as Node, parent)
    this.#note(value as AnyNode)
  }

  #outer(variable: Variable): Variable {
    if (variable.scope.type !== 'class') return variable
    return variable.scope.upper?.set.get(variable.name) ?? variable
  }
}

function optionsOf(path: string): TransformOptions {
  // Decorators are none of the parser's; what they are lowered to is plain calls.
  return {
    loader: loaders[extname(path)] ?? 'jsx',
    jsx: 'automatic',
    target: 'es2022',
    logLevel: 'silent',
  }
}

/** @throws where the file cannot be compiled, which the bundler tells of. */
export async function parseModule(path: string, text: string): Promise<Syntax> {
  const { code } = await transform(text, optionsOf(path))
  return new Syntax(code)
}

/**
 * The source's line (from 1) of a place in the code that {@link parseModule} has parsed; null for
 * what the compiler has put in.
 */
export async function sourceLines(
  path: string,
  text: string,
): Promise<(at: number) => number | null> {
  const { code, map } = await transform(text, {
    ...optionsOf(path),
    sourcemap: 'external',
    sourcesContent: false,
  })
  const entries = new SourceMap(JSON.parse(map) as SourceMapPayload)
  return (at) => {
    const lines = code.slice(0, at).split('\n')
    const found = entries.findEntry(lines.length - 1, lines.at(-1)!.length)
    return 'originalLine' in found ? found.originalLine + 1 : null
  }
}
