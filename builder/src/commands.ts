/**
 * Runs the builder's commands, `config`, `build`, `update`, `inspect` and `open`, as
 * protocol/link.md defines them:
 * checks the request, runs it, and turns every failure into the `errors` of the reply.
 */
import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { stop } from 'esbuild'
import { Bundler } from './bundle/bundler.ts'
import type { ProjectConfig } from './config/normalise.ts'
import { DevBundler } from './dev/dev_bundler.ts'
import { openInEditor } from './editor/open.ts'
import { loadConfig } from './next_config/load.ts'
import type { Mode } from './base/phases.ts'
import { applyEnvironment } from './environment.ts'
import type { Message } from './link.ts'
import { closeDevServers } from './next_engine/scripts.ts'
import { defaultSettings, type NativeSettings } from './native/types.ts'
import type { FoundRoute } from './manifest/manifest.ts'
import type { CompiledRules } from './rules/rules.ts'
import { runInspectCommand, type InspectRequest } from './inspect_command.ts'
import { runBuildCommand, type BuildCommandRequest } from './build_command.ts'

/** Runs commands, keeping one incremental bundler for the project. */
export class Commands {
  #bundler: Bundler | undefined
  #devBundler: DevBundler | undefined
  /** The last `build` in development. */
  #last: BuildCommandRequest | undefined

  /** Returns the reply to one message; never rejects. */
  async run(message: Message): Promise<Message> {
    const id = message['id'] ?? null
    try {
      if (message['command'] === 'config') return { id, ...(await this.#config(message)) }
      if (message['command'] === 'build') return { id, ...(await this.#build(message)) }
      if (message['command'] === 'update') return { id, ...(await this.#update(message)) }
      if (message['command'] === 'inspect') return { id, ...(await this.#inspect(message)) }
      if (message['command'] === 'open') return { id, ...(await this.#open(message)) }
      return { id, errors: [`unknown command ${JSON.stringify(message['command'])}`] }
    } catch (error) {
      return { id, errors: [describe(error)] }
    }
  }

  /**
   * Ends esbuild's process, which would otherwise outlive this one for a second and keep its output
   * open.
   */
  async close(): Promise<void> {
    await this.#bundler?.close()
    await this.#devBundler?.close()
    await closeDevServers()
    await stop()
  }

  async #config(message: Message): Promise<Message> {
    const root = readRoot(message)
    const mode = readMode(message)
    applyEnvironment(readEnvironment(message), mode)
    return { ...(await loadConfig(root, mode)) }
  }

  async #build(message: Message): Promise<Message> {
    const request: BuildCommandRequest = {
      ...readProject(message),
      outdir: readText(message, 'outdir'),
      manifest: readText(message, 'manifest'),
      buildId: readText(message, 'build_id'),
      generator: readText(message, 'generator'),
      rules: (message['rules'] ?? null) as CompiledRules | null,
      standalone:
        message['standalone'] === undefined ? null : resolve(readText(message, 'standalone')),
      native: { ...defaultSettings, ...(message['native'] as Partial<NativeSettings> | undefined) },
    }
    if (request.mode === 'development') {
      this.#last = { ...request, dev: { changes: null, wanted: readTexts(message, 'wanted') } }
      return { ...(await runBuildCommand(this.#last, this.#bundlerForDev())) }
    }
    this.#bundler ??= new Bundler()
    return { ...(await runBuildCommand(request, this.#bundler)) }
  }

  async #open(message: Message): Promise<Message> {
    const { line, column } = message as { line: number; column: number }
    try {
      await openInEditor({ file: readText(message, 'file'), line, column })
      return {}
    } catch (error) {
      return { errors: [(error as Error).message] }
    }
  }

  /** Repeats the last build after changes of contents, or for routes that are asked for. */
  async #update(message: Message): Promise<Message> {
    if (this.#last === undefined) throw new Error('there is no build to update')
    const request: BuildCommandRequest = {
      ...this.#last,
      outdir: readText(message, 'outdir'),
      manifest: readText(message, 'manifest'),
      buildId: readText(message, 'build_id'),
      dev: { changes: readTexts(message, 'changes'), wanted: readTexts(message, 'wanted') },
    }
    return { ...(await runBuildCommand(request, this.#bundlerForDev())) }
  }

  #bundlerForDev(): DevBundler {
    return (this.#devBundler ??= new DevBundler())
  }

  async #inspect(message: Message): Promise<Message> {
    this.#bundler ??= new Bundler()
    return { ...(await runInspectCommand(readProject(message), this.#bundler)) }
  }
}

/** What the commands that look at routes have in common. */
interface Project extends InspectRequest {
  readonly routes: readonly FoundRoute[]
}

function readProject(message: Message): Project {
  return {
    root: readRoot(message),
    mode: readMode(message),
    config: readMember(message, 'config') as ProjectConfig,
    env: readEnvironment(message),
    routes: readMember(message, 'routes') as readonly FoundRoute[],
    pages: readMember(message, 'pages') as readonly string[],
    allowUnusable: message['allow_unusable'] === true,
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** The server has created this value from an earlier reply of this program, or by discovery. */
function readMember(message: Message, name: string): unknown {
  const value = message[name]
  if (typeof value !== 'object' || value === null) throw new Error(`the command has no ${name}`)
  return value
}

function readText(message: Message, name: string): string {
  const value = message[name]
  if (typeof value !== 'string') throw new Error(`the command has no ${name}`)
  return value
}

function readTexts(message: Message, name: string): string[] {
  const value = message[name] ?? []
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string'))
    throw new Error(`the command's ${name} are not texts`)
  return value as string[]
}

/** Resolves the real path, because esbuild names files by it. */
function readRoot(message: Message): string {
  return realpathSync(readText(message, 'root'))
}

function readMode(message: Message): Mode {
  return message['mode'] === 'development' ? 'development' : 'production'
}

function readEnvironment(message: Message): Record<string, string> {
  return (message['env'] ?? {}) as Record<string, string>
}
