/**
 * Parses a source file into a syntax tree with resolved scopes (by eslint-scope, the library of
 * ESLint): which variable each identifier refers to. esbuild first compiles TypeScript, JSX and
 * decorators away; lines are mapped back through its source map, which is only created for files
 * that have something to report.
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
  /** All nodes, parents before their children. */
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
      // A class's name is declared a second time inside of it.
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
   * Returns the variable that an identifier declares or refers to; undefined for an undeclared name
   * and for an identifier that is not a variable.
   */
  variable(identifier: Identifier): Variable | undefined {
    return this.#variables.get(identifier)
  }

  text(node: Node): string {
    return this.code.slice(node.start, node.end)
  }

  /** Returns the innermost function around a node. */
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
  // The parser does not know decorators; they are compiled to plain calls.
  return {
    loader: loaders[extname(path)] ?? 'jsx',
    jsx: 'automatic',
    target: 'es2022',
    logLevel: 'silent',
  }
}

/** @throws if the file cannot be compiled; the bundler reports that error. */
export async function parseModule(path: string, text: string): Promise<Syntax> {
  const { code } = await transform(text, optionsOf(path))
  return new Syntax(code)
}

/**
 * Returns the source's line (from 1) of a position in code that {@link parseModule} has parsed;
 * null for code that the compiler has inserted.
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
