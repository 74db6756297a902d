// Every promise of the runtime and the builder is awaited, handed on, or has an answer to its
// failure: a promise that nobody looks at costs a request its response when it rejects. With the
// path of a tsconfig.json, all of that project.

import { relative, resolve } from 'node:path'
import * as ast from 'typescript/unstable/ast'
import { API, SignatureKind, TypeFlags } from 'typescript/unstable/sync'
import { report } from './files.mjs'

/** Where promises are given their answers: `then` with two functions is for this one alone. */
const helper = 'runtime/node/src/invocation/settle.ts'
const given = process.argv[2]
const projects =
  given !== undefined
    ? [[given, /\.ts$/]]
    : [
        ['runtime/node/tsconfig.json', /^runtime\/node\/src\/.*\.ts$/],
        ['builder/tsconfig.json', /^builder\/src\/.*\.ts$/],
      ]

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
    checkFile(project.checker, path, project.program.getSourceFile(resolve(path)))
}
api.close()
report(faults)

function checkFile(checker, path, source) {
  visit(source)

  function visit(node) {
    if (ast.isExpressionStatement(node)) checkStatement(node.expression)
    else if (ast.isVoidExpression(node) && isThenable(node.expression))
      fault(node, '`void` hides a promise')
    else if (ast.isCallExpression(node) || ast.isNewExpression(node))
      for (const argument of node.arguments ?? []) checkArgument(argument)
    node.forEachChild(visit)
  }

  /** An expression whose value nobody gets. */
  function checkStatement(expression) {
    const bare = ast.isParenthesizedExpression(expression) ? expression.expression : expression
    if (ast.isBinaryExpression(bare)) {
      if (isAssignment(bare.operatorToken.kind)) return
      checkStatement(bare.right)
    } else if (ast.isConditionalExpression(bare)) {
      checkStatement(bare.whenTrue)
      checkStatement(bare.whenFalse)
    } else if (
      !ast.isAwaitExpression(bare) &&
      !ast.isVoidExpression(bare) &&
      !isAnswered(bare) &&
      isThenable(bare)
    ) {
      fault(bare, 'nobody hears of it when this promise rejects')
    }
  }

  /**
   * An argument: a function whose caller does not look at what it returns must not return a
   * promise.
   */
  function checkArgument(argument) {
    const literal = ast.isArrowFunction(argument) || ast.isFunctionExpression(argument)
    if (!literal && !ast.isIdentifier(argument) && !ast.isPropertyAccessExpression(argument)) return
    if (!returnsNothing(checker.getContextualType(argument))) return
    if (literal && !isAsync(argument)) {
      if (!ast.isBlock(argument.body)) checkStatement(argument.body)
    } else if (literal || returnsPromise(argument)) {
      fault(argument, 'its caller does not look at the promise that this function returns')
    }
  }

  function returnsPromise(node) {
    const type = checker.getTypeAtLocation(node)
    if (type === undefined || (type.flags & TypeFlags.Object) === 0) return false
    const signatures = checker.getSignaturesOfType(type, SignatureKind.Call)
    return signatures.some((signature) =>
      isThenableType(checker.getReturnTypeOfSignature(signature)),
    )
  }

  function returnsNothing(type) {
    if (type === undefined) return false
    const members = type.isUnionType() ? type.getTypes() : [type]
    const signatures = members.flatMap((member) =>
      checker.getSignaturesOfType(member, SignatureKind.Call),
    )
    const results = signatures.map((signature) => checker.getReturnTypeOfSignature(signature))
    return (
      results.length > 0 &&
      results.every((result) => result !== undefined && (result.flags & TypeFlags.Void) !== 0)
    )
  }

  /** `catch` with a function; in the helper `then` with two as well. */
  function isAnswered(expression) {
    if (!ast.isCallExpression(expression) || !ast.isPropertyAccessExpression(expression.expression))
      return false
    const name = expression.expression.name.text
    if (name === 'catch') return expression.arguments.length === 1
    return name === 'then' && path === helper && expression.arguments.length === 2
  }

  function isThenable(node) {
    return isThenableType(checker.getTypeAtLocation(node))
  }

  function isThenableType(type) {
    if (type === undefined) return false
    if (type.isUnionType()) return type.getTypes().some(isThenableType)
    const then =
      (type.flags & (TypeFlags.Object | TypeFlags.Intersection)) !== 0 &&
      checker.getPropertyOfType(type, 'then')
    const typeOfThen = then ? checker.getTypeOfSymbol(then) : undefined
    return (
      typeOfThen !== undefined &&
      checker.getSignaturesOfType(typeOfThen, SignatureKind.Call).length > 0
    )
  }

  function fault(node, text) {
    const line = source.text.slice(0, node.getStart(source)).split('\n').length
    faults.push(`${path}:${line}: ${text}; await it, give it a catch(), or settle() it`)
  }
}

function isAsync(node) {
  return node.modifiers?.some(({ kind }) => kind === ast.SyntaxKind.AsyncKeyword) ?? false
}

function isAssignment(kind) {
  return kind >= ast.SyntaxKind.FirstAssignment && kind <= ast.SyntaxKind.LastAssignment
}
