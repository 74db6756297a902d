/**
 * Describes an error that the project's code has thrown: its message, the project's frames, the
 * source around the place, causes, and what may help. The log, responses in development and the
 * page for browsers all show this description.
 */
import { withSourcePositions } from '../source_frames.ts'
import { codeFrame, readSource } from './code_frame.ts'
import { hintFor } from './hints.ts'
import { missingEnvironment } from './missing_environment.ts'
import { framesOf, isOfBuild, isOfProject, type StackFrame } from './stack.ts'

/** An error, described. */
export interface ErrorReport {
  /**
   * `compile`: the compiler's message for a file, which the builder has already printed. `thrown`:
   * any other.
   */
  readonly kind: 'compile' | 'thrown'
  /** `TypeError`; empty for a thrown value that is no error. */
  readonly name: string
  readonly message: string
  /**
   * The project's frames, innermost first; without these those of its bundles, otherwise those of
   * packages.
   */
  readonly frames: readonly StackFrame[]
  /** The stack as Node.js writes it; empty if there is none. */
  readonly stack: string
  /** The stack if none of its frames can be read, otherwise empty. */
  readonly unread: string
  /** The source around the first of the frames; empty if it cannot be read. */
  readonly code: string
  /** The error's own properties, as Node.js prints them; empty without any. */
  readonly properties: string
  /** `cause`, and the errors of an AggregateError. */
  readonly causes: readonly ErrorReport[]
  /** Advice, or empty. */
  readonly hint: string
  /** Environment variables that the files of the frames read, and that are not set. */
  readonly missing: readonly string[]
}

/** How many causes of one error are described, and how deep: a chain of causes can be circular. */
const maximumCauses = 8
/** Longer messages are cut. */
const longestMessage = 64 * 1024
/** Frames shown of one error. */
const maximumFrames = 10
/** Properties that the description states in another way. */
const describedElsewhere = new Set(['name', 'message', 'stack', 'cause', 'errors'])

/**
 * Describes any thrown value.
 * @param root absolute path of the project.
 * @throws what reading a hostile value throws.
 */
export function reportOf(error: unknown, root: string): ErrorReport {
  return report(error, root, { left: maximumCauses, seen: new Set() })
}

interface Causes {
  left: number
  readonly seen: Set<unknown>
}

function report(error: unknown, root: string, causes: Causes): ErrorReport {
  causes.seen.add(error)
  if (!(error instanceof Error)) return reportOfValue(error)
  const name = String(error.name)
  const message = String(error.message).slice(0, longestMessage)
  // In production, stacks have positions in bundles.
  const stack = typeof error.stack === 'string' ? withSourcePositions(error.stack) : ''
  if (name === 'CompileError' && stack === error.message)
    return { ...blank, kind: 'compile', name, message }
  const all = framesOf(withoutMessage(stack, message))
  const own = all.filter((frame) => isOfProject(frame, root))
  const others = [
    all.filter(({ file }) => isOfBuild(file, root)),
    all.filter(({ file }) => file.includes('/node_modules/')),
  ]
  const frames = [own, ...others].find((some) => some.length > 0) ?? []
  const sources = new Map(own.map(({ file }) => [file, readSource(file)]))
  const [first] = own
  const source = first === undefined ? null : sources.get(first.file)!
  return {
    kind: 'thrown',
    name,
    message,
    frames: frames.slice(0, maximumFrames),
    stack,
    unread: all.length === 0 ? stack : '',
    code: source === null ? '' : codeFrame(source, first!.line, first!.column),
    properties: propertiesOf(error),
    causes: causesOf(error, root, causes),
    hint: hintFor({ name, message, code: String((error as { code?: unknown }).code ?? '') }),
    missing: missingEnvironment(
      [...sources.values()].filter((text) => text !== null),
      process.env,
    ),
  }
}

const blank: ErrorReport = {
  kind: 'thrown',
  name: '',
  message: '',
  frames: [],
  stack: '',
  unread: '',
  code: '',
  properties: '',
  causes: [],
  hint: '',
  missing: [],
}

function reportOfValue(value: unknown): ErrorReport {
  const text = typeof value === 'string' ? value : inspect(value)
  return {
    ...blank,
    message: text.slice(0, longestMessage),
    hint: 'The value that was thrown is no Error, so it has no stack: throw an Error instead.',
  }
}

/** A message can contain lines that look like frames. */
function withoutMessage(stack: string, message: string): string {
  const at = message === '' ? -1 : stack.indexOf(message)
  return at < 0 ? stack : stack.slice(at + message.length)
}

function causesOf(error: Error, root: string, causes: Causes): ErrorReport[] {
  const { errors } = error as { errors?: unknown }
  const found = [error.cause, ...(Array.isArray(errors) ? errors : [])]
  const reports: ErrorReport[] = []
  for (const cause of found) {
    if (cause === undefined || causes.left === 0 || causes.seen.has(cause)) continue
    causes.left--
    reports.push(report(cause, root, causes))
  }
  return reports
}

function propertiesOf(error: Error): string {
  const own = Object.entries(error).filter(
    ([name, value]) => !describedElsewhere.has(name) && value !== undefined,
  )
  return own.length === 0 ? '' : inspect(Object.fromEntries(own))
}

function inspect(value: unknown): string {
  const { inspect } = process.getBuiltinModule('node:util')
  return inspect(value, { depth: 2, maxArrayLength: 20, maxStringLength: 1000, breakLength: 100 })
}
