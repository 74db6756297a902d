/**
 * Compiles files that esbuild and Next.js compile differently, with Next.js's own compiler (SWC):
 * those with decorators, which emit metadata if tsconfig.json enables it, and classes with
 * parameter properties. SWC is loaded when the first such file is found.
 */
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import type { CompilerOptions } from './compiler_options.ts'

const decorator = /(?:^|[^\w$@.)\]'"`/*])@[A-Za-z_$(]/m
const parameterField = /\bconstructor\s*\([^)]*\b(?:private|public|protected|readonly|override)\s/
const script = /\.[cm]?[jt]sx?$/

/** How a file differs from what esbuild makes of it. */
export interface ClassForms {
  /** Decorators of TypeScript's legacy kind (`experimentalDecorators`). */
  readonly decorators: boolean
  /** Parameter properties: fields that are declared as the constructor's parameters. */
  readonly parameterFields: boolean
  /** Decorators without `experimentalDecorators`: Next.js compiles them by an older proposal. */
  readonly otherDecorators: boolean
}

/** A fast check; text in strings and comments may cause a harmless false positive. */
export function classForms(
  path: string,
  text: string,
  { experimentalDecorators }: CompilerOptions,
): ClassForms {
  const hasClass = script.test(path) && /\bclass\b/.test(text)
  const decorated = hasClass && decorator.test(text)
  return {
    decorators: decorated && experimentalDecorators,
    parameterFields: hasClass && /\.[cm]?tsx?$/.test(path) && parameterField.test(text),
    otherDecorators: decorated && !experimentalDecorators,
  }
}

type Swc = typeof import('@swc/core')
let swc: Swc | undefined

/**
 * Returns the text as JavaScript, with its source map appended. @throws Error for text that cannot
 * be compiled.
 */
export async function compileBySwc(
  path: string,
  text: string,
  forms: ClassForms,
  options: CompilerOptions,
): Promise<string> {
  swc ??= createRequire(import.meta.url)('@swc/core') as Swc
  const extension = extname(path)
  const isTypeScript = /^\.[cm]?tsx?$/.test(extension)
  const { code } = await swc.transform(text, {
    filename: path,
    configFile: false,
    swcrc: false,
    sourceMaps: 'inline',
    inlineSourcesContent: false,
    jsc: {
      // If fields are compiled to assignments, a parameter's assignment comes first, as under
      // Next.js.
      target: forms.parameterFields ? 'es2021' : 'es2022',
      keepClassNames: true,
      parser: isTypeScript
        ? { syntax: 'typescript', tsx: extension === '.tsx', decorators: true }
        : { syntax: 'ecmascript', jsx: true, decorators: true },
      transform: {
        legacyDecorator: true,
        decoratorMetadata: options.emitDecoratorMetadata,
        useDefineForClassFields: true,
        react: { runtime: 'automatic', importSource: options.jsxImportSource ?? 'react' },
      },
    },
  })
  return code
}
