import { dirname } from 'node:path'

import type { Generation, LoadCommand, LoadedRoute } from '../project/generation.ts'
import { type ModuleList, readModuleList } from '../project/dev_modules.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { type Manifest, readManifest, type Route } from '../project/manifest.ts'
import { noRoute } from '../../../../protocol/generated/frames.ts'

/** Generations kept, including the newest: the server stops using old ones soon after a load. */
const maxGenerations = 4

/** The generations that the server can name in an invocation. */
export class Loader {
  readonly #generations = new Map<number, Generation>()
  #modules: ModuleList | null = null
  readonly #withoutRoute = new WeakMap<Generation, LoadedRoute>()

  /**
   * Loads a generation: its environment, working directory and routes. Modules are imported at
   * their first use.
   * @param given the manifest, if it must not be read from the command's file.
   * @throws Error with a message for the user if the generation cannot be served.
   */
  load(command: LoadCommand, given?: Manifest): Generation {
    updateEnvironment(command)
    process.chdir(command.root)
    const manifest = given ?? readManifest(command.manifest)
    const routes: LoadedRoute[] = []
    const folder = dirname(command.manifest)
    const development = command.mode === 'development'
    if (development) this.#modules = readModuleList(folder, this.#modules)
    const generation: Generation = {
      number: command.generation,
      root: command.root,
      folder,
      development,
      manifest,
      modules: this.#modules,
      routes,
      instrumentation: null,
    }
    const add = (route: Route, number: number): void => {
      const usage = { invocations: 0, milliseconds: 0 }
      routes[number] = { route, generation, number, run: undefined, usage }
    }
    for (const [number, route] of manifest.routes.entries()) add(route, number)
    if (manifest.middleware !== null) add(manifest.middleware, manifest.middlewareNumber)
    this.#generations.set(generation.number, generation)
    for (const number of this.#generations.keys()) {
      if (this.#generations.size <= maxGenerations) break
      this.#generations.delete(number)
    }
    return generation
  }

  /** All routes that can be invoked. */
  *routes(): Iterable<LoadedRoute> {
    for (const generation of this.#generations.values()) yield* generation.routes
  }

  /**
   * Returns the route with this number; undefined if the generation is unknown or has no such
   * route.
   */
  route(generation: number, route: number): LoadedRoute | undefined {
    const known = this.#generations.get(generation)
    return route === noRoute && known !== undefined ? this.#unrouted(known) : known?.routes[route]
  }

  /**
   * Returns the target of requests that no route matches: the project's request listeners receive
   * them, otherwise the response is 404.
   */
  #unrouted(generation: Generation): LoadedRoute {
    let target = this.#withoutRoute.get(generation)
    if (target === undefined) {
      const route: Route = {
        path: '/404',
        kind: 'pages',
        file: '',
        parameters: [],
        module: '',
        methods: null,
        options: {},
        engine: 'light',
      }
      target = {
        route,
        generation,
        number: noRoute,
        run: respondNotFound,
        usage: { invocations: 0, milliseconds: 0 },
      }
      this.#withoutRoute.set(generation, target)
    }
    return target
  }
}

function respondNotFound(invocation: Invocation): void {
  invocation.respond(
    404,
    '',
    // The server responds in its own way.
    'x-millrace-unrouted: 1\r\nContent-Type: text/plain; charset=utf-8\r\n',
    'This page could not be found.\n',
    true,
  )
}

function updateEnvironment(command: LoadCommand): void {
  for (const [name, value] of Object.entries(command.env ?? {})) {
    if (value === null) delete process.env[name]
    else process.env[name] = value
  }
  process.env['NODE_ENV'] ??= command.mode
  // Project files guard imports with it; no variable of the project may change what runs.
  process.env['NEXT_RUNTIME'] = 'nodejs'
}
