// Checks that every promise of the runtime and the builder is awaited, passed on, or has a handler
// for its rejection: an unhandled rejection costs a request its response. With the path of a
// tsconfig.json, checks that whole project.

import { relative, resolve } from 'node:path'
import * as ast from 'typescript/unstable/ast'
import { API, SignatureKind, TypeFlags } from 'typescript/unstable/sync'
import { report } from './files.mjs'

/** The helper that handles promises: `then` with two functions is only allowed there. */
const helper = 'runtime/node/src/invocation/settle.ts'
const given = process.argv[2]
const projects =
  given !== undefined
    ? [[given, /\.ts$/]]
    : [
        ['runtime/node/tsconfig.json', /^runtime\/node\/src\/.*\.ts$/],
        ['builder/tsconfig.json', /^builder\/src\/.*\.ts$/],
      ]

/** Checks one source. */
class Check {
  #checker
  #path
  #source

  constructor(checker, path, source) {
    this.#checker = checker
    this.#path = path
    this.#source = source
  }

  run() {
    this.visit(this.#source)
  }

  visit(node) {
    if (ast.isExpressionStatement(node)) this.checkStatement(node.expression)
    else if (ast.isVoidExpression(node) && this.isThenable(node.expression))
      this.fault(node, '`void` hides a promise')
    else if (ast.isCallExpression(node) || ast.isNewExpression(node))
      for (const argument of node.arguments ?? []) this.checkArgument(argument)
    node.forEachChild((child) => this.visit(child))
  }

  /** Checks an expression whose value is discarded. */
  checkStatement(expression) {
    const bare = ast.isParenthesizedExpression(expression) ? expression.expression : expression
    if (ast.isBinaryExpression(bare)) {
      if (isAssignment(bare.operatorToken.kind)) return
      this.checkStatement(bare.right)
    } else if (ast.isConditionalExpression(bare)) {
      this.checkStatement(bare.whenTrue)
      this.checkStatement(bare.whenFalse)
    } else if (
      !ast.isAwaitExpression(bare) &&
      !ast.isVoidExpression(bare) &&
      !this.isHandled(bare) &&
      this.isThenable(bare)
    ) {
      this.fault(bare, 'a rejection of this promise is not handled')
    }
  }

  /** Checks an argument: a function whose caller ignores its result must not return a promise. */
  checkArgument(argument) {
    const literal = ast.isArrowFunction(argument) || ast.isFunctionExpression(argument)
    if (!literal && !ast.isIdentifier(argument) && !ast.isPropertyAccessExpression(argument)) return
    if (!this.returnsNothing(this.#checker.getContextualType(argument))) return
    if (literal && !isAsync(argument)) {
      if (!ast.isBlock(argument.body)) this.checkStatement(argument.body)
    } else if (literal || this.returnsPromise(argument)) {
      this.fault(argument, 'its caller ignores the promise that this function returns')
    }
  }

  returnsPromise(node) {
    const type = this.#checker.getTypeAtLocation(node)
    if (type === undefined || (type.flags & TypeFlags.Object) === 0) return false
    const signatures = this.#checker.getSignaturesOfType(type, SignatureKind.Call)
    return signatures.some((signature) =>
      this.isThenableType(this.#checker.getReturnTypeOfSignature(signature)),
    )
  }

  returnsNothing(type) {
    if (type === undefined) return false
    const members = type.isUnionType() ? type.getTypes() : [type]
    const signatures = members.flatMap((member) =>
      this.#checker.getSignaturesOfType(member, SignatureKind.Call),
    )
    const results = signatures.map((signature) => this.#checker.getReturnTypeOfSignature(signature))
    return (
      results.length > 0 &&
      results.every((result) => result !== undefined && (result.flags & TypeFlags.Void) !== 0)
    )
  }

  /** `catch` with a function; in the helper also `then` with two. */
  isHandled(expression) {
    if (!ast.isCallExpression(expression) || !ast.isPropertyAccessExpression(expression.expression))
      return false
    const name = expression.expression.name.text
    if (name === 'catch') return expression.arguments.length === 1
    return name === 'then' && this.#path === helper && expression.arguments.length === 2
  }

  isThenable(node) {
    return this.isThenableType(this.#checker.getTypeAtLocation(node))
  }

  isThenableType(type) {
    if (type === undefined) return false
    if (type.isUnionType()) return type.getTypes().some((member) => this.isThenableType(member))
    const then =
      (type.flags & (TypeFlags.Object | TypeFlags.Intersection)) !== 0 &&
      this.#checker.getPropertyOfType(type, 'then')
    const typeOfThen = then ? this.#checker.getTypeOfSymbol(then) : undefined
    return (
      typeOfThen !== undefined &&
      this.#checker.getSignaturesOfType(typeOfThen, SignatureKind.Call).length > 0
    )
  }

  fault(node, text) {
    const line = this.#source.text.slice(0, node.getStart(this.#source)).split('\n').length
    faults.push(`${this.#path}:${line}: ${text}; await it, give it a catch(), or settle() it`)
  }
}

const faults = []
const api = new API({ cwd: process.cwd() })
const snapshot = api.updateSnapshot({ openProjects: projects.map(([config]) => resolve(config)) })
for (const [config, sources] of projects) {
  const project = snapshot.getProject(resolve(config))
  const paths = project.rootFiles
    .map((file) => relative('.', file))
    .filter((path) => sources.test(path) && !path.endsWith('.d.ts'))
  if (paths.length === 0) faults.push(`${config} has no sources to check`)
  for (const path of paths)
    new Check(project.checker, path, project.program.getSourceFile(resolve(path))).run()
}
api.close()
report(faults)

function isAsync(node) {
  return node.modifiers?.some(({ kind }) => kind === ast.SyntaxKind.AsyncKeyword) ?? false
}

function isAssignment(kind) {
  return kind >= ast.SyntaxKind.FirstAssignment && kind <= ast.SyntaxKind.LastAssignment
}
