/**
 * Creates a project in a folder of its own, for one test.
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { readModuleList } from '../../../runtime/node/src/project/dev_modules.ts'
import type { ModuleList } from '../../../runtime/node/src/project/dev_modules.ts'
import { Bundler } from '../../src/bundle/bundler.ts'
import { tableOutput } from '../../src/bundle/module_table.ts'
import type {
  BuildOutcome,
  BuildRequest,
  DevStep,
  RouteBundler,
  RouteOutput,
} from '../../src/bundle/types.ts'
import { DevBundler } from '../../src/dev/dev_bundler.ts'

/** Files by path; a value that is not a string is written as JSON. */
export type Files = Record<string, unknown>

/** Whether the tests of this process use the bundler of development servers. */
const usesDevBundler = process.env['MILLRACE_TEST_BUNDLER'] === 'dev'

export class Project {
  readonly root: string
  readonly #bundler: RouteBundler = usesDevBundler ? new DevBundler() : new Bundler()
  #modules: ModuleList | null = null
  #files = new Map<string, string>()
  #builds = 0
  #outdir = ''

  /**
   * The project and the builder's state are removed when the test is over.
   * @param folder its location if it is a part of another project: a workspace.
   */
  constructor(test: TestContext, files: Files, folder?: string) {
    this.root = folder ?? realpathSync(mkdtempSync(join(tmpdir(), 'millrace-builder-')))
    this.write(files)
    test.after(async () => {
      await this.#bundler.close()
      rmSync(this.root, { recursive: true, force: true })
    })
  }

  write(files: Files): void {
    for (const [name, content] of Object.entries(files)) {
      const path = join(this.root, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
    }
  }

  /** Builds the routes in `files` into a new generation. */
  async build(files: string[], options: Partial<BuildRequest> = {}): Promise<BuildOutcome> {
    this.#outdir = join(this.root, '.millrace', 'dev', String(++this.#builds))
    const dev: DevStep = { changes: null, wanted: files }
    const outcome = await this.#bundler.build({
      ...(usesDevBundler ? { dev } : {}),
      root: this.root,
      mode: 'production',
      outdir: this.#outdir,
      config: {},
      env: {},
      // Most tests look at modules, not at handlers.
      allowUnusable: true,
      routes: files.map((file) => ({
        path: `/${file}`,
        kind: file.startsWith('app') ? 'app' : 'pages',
        file,
      })),
      ...options,
    })
    if (usesDevBundler) {
      this.#modules = readModuleList(this.#outdir, this.#modules)
      const { outputs = {}, middleware, instrumentation, problems } = outcome
      const entries = Object.entries(outputs).map(([file, { module }]) => ({ file, module }))
      for (const other of [middleware, instrumentation]) if (other) entries.push(other)
      this.#files = new Map(entries.map(({ file, module }) => [module, file]))
      // It never fails for one file: the file throws.
      if (problems) return { ...outcome, errors: problems }
    }
    return outcome
  }

  /** Returns the absolute path of an output of the last build. */
  path(output: Pick<RouteOutput, 'module'>): string {
    return join(this.#outdir, output.module)
  }

  /** Runs an output of the last build and returns its exports. */
  import({ module }: Pick<RouteOutput, 'module'>): Promise<Record<string, any>> {
    if (usesDevBundler) return this.#modules!.run(this.#files.get(module)!)
    return import(pathToFileURL(this.path({ module })).href)
  }

  /** Returns the text of the last build's bundle, which contains the modules of all routes. */
  bundle(): string {
    return readFileSync(join(this.#outdir, `${tableOutput}.mjs`), 'utf8')
  }

  /** Builds one route and returns its module's exports. */
  async load(file: string, options: Partial<BuildRequest> = {}): Promise<Record<string, unknown>> {
    const { outputs, errors } = await this.build([file], options)
    if (!outputs?.[file]) throw new Error((errors ?? ['no output']).join('\n'))
    return await this.import(outputs[file])
  }

  /** Builds one route and returns the result of its default export, called without arguments. */
  async call(file: string, options: Partial<BuildRequest> = {}): Promise<unknown> {
    const { default: handler } = await this.load(file, options)
    return (handler as () => unknown)()
  }
}
