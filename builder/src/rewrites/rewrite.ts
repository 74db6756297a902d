/**
 * Rewrites forms that Next.js's bundler understands and esbuild does not, in one module's
 * JavaScript, to plain imports.
 */
import type { AnyNode } from 'acorn'
import { consoleCall } from './console_calls.ts'
import { contextImport } from './context_imports.ts'
import { globImport } from './glob_imports.ts'
import { magicComment } from './magic_comments.ts'
import { parseScript } from '../syntax/parse.ts'
import { applyEdits, type Edit, walkScript } from './script.ts'
import { isUnknownImport, templateImport, type TemplatePlace } from './template_imports.ts'
import { urlImport } from './url_imports.ts'

/** The location of the module and the settings. */
export interface RewritePlace extends TemplatePlace {
  /** Absolute path of the project. */
  readonly root: string
  /** Methods of `console` whose calls stay; null if all calls stay. */
  readonly keptConsole: ReadonlySet<string> | null
  /** Called with the text of an import whose files are unknown. */
  readonly unknown: (text: string) => void
}

/** The prefix of an import's specifier for a URL of the build; an absolute path follows. */
export const urlPrefix = { asset: 'millrace-url:', worker: 'millrace-worker:' } as const

const forms =
  /\bturbopack(?:Ignore|Optional)\b|\brequire\b[^;]{0,60}\.\s*context\b|\bmeta\b[^;]{0,60}\.\s*glob\b|\bnew\s+URL\s*\([^)]*\bmeta\b|\b(?:import|require)\s*\(\s*(?:\/\*(?:[^*]|\*(?!\/))*\*\/\s*)*(?:`|"[^"\n]*"\s*\+|'[^'\n]*'\s*\+)/
const declaresConsole = /\b(?:const|let|var|function|class)\s+console\b|[{,]\s*console\s*[},]/

/** A fast check, also for TypeScript with its casts: most modules contain none of the forms. */
export function mayNeedRewrite(text: string, keptConsole: ReadonlySet<string> | null): boolean {
  return (
    forms.test(text) ||
    (keptConsole !== null && text.includes('console') && !declaresConsole.test(text))
  )
}

/**
 * Returns the JavaScript `code` with plain imports; undefined if it needs no change.
 * @throws Error for a form that is not static.
 */
export function rewrite(code: string, place: RewritePlace): string | undefined {
  const program = parseScript(code)
  if (program === undefined) return undefined
  const edits: Edit[] = []
  const imports: string[] = []
  const removesConsole = place.keptConsole !== null && !declaresConsole.test(code)
  const taken = new Set<number>()
  let number = 0
  walkScript(program, (node: AnyNode) => {
    const glob = globImport(node, place, number)
    const url = glob === null ? urlImport(node, place.folder, place.extensions) : null
    if (glob !== null) {
      number++
      edits.push(glob.edit)
      imports.push(...glob.imports)
    } else if (url !== null) {
      // The URL of a worker is visited again as a node of its own.
      if (taken.has(url.edit.start)) return
      taken.add(url.edit.start)
      const local = `__millrace_url_${url.edit.start}`
      edits.push({ ...url.edit, text: `new URL(${local})` })
      imports.push(`import ${local} from ${JSON.stringify(urlPrefix[url.kind] + url.path)};`)
    } else {
      const edit =
        contextImport(node, place.folder) ??
        templateImport(node, code, place) ??
        magicComment(node, code) ??
        (removesConsole ? consoleCall(node, place.keptConsole!) : null)
      if (edit !== null) edits.push(edit)
      else if (isUnknownImport(node, code)) place.unknown(code.slice(node.start, node.end))
    }
  })
  if (edits.length === 0) return undefined
  const edited = applyEdits(code, edits)
  // Directives must stay first.
  const [first] = program.body
  const at =
    first?.type === 'ExpressionStatement' && typeof first.directive === 'string'
      ? first.end
      : edited.startsWith('#!')
        ? edited.indexOf('\n') + 1
        : 0
  return imports.length === 0
    ? edited
    : `${edited.slice(0, at)} ${[...new Set(imports)].join(' ')} ${edited.slice(at)}`
}
