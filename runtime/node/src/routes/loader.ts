import { dirname } from 'node:path'

import type { Generation, LoadCommand, LoadedRoute } from '../project/generation.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { type Manifest, readManifest, type Route } from '../project/manifest.ts'
import { noRoute } from '../../../../protocol/generated/frames.ts'

/** Generations kept beside the newest: the server stops sending to old ones soon after a load. */
const keptGenerations = 4

/** The generations that the server may name in an invocation. */
export class Loader {
  readonly #generations = new Map<number, Generation>()
  readonly #withoutRoute = new WeakMap<Generation, LoadedRoute>()

  /**
   * Takes a generation: the environment, the working directory, the routes. Modules are imported
   * when they are first used.
   * @param given the manifest, where it is not to be read from the command's file.
   * @throws Error with a text for the user when it cannot be served.
   */
  load(command: LoadCommand, given?: Manifest): Generation {
    updateEnvironment(command)
    process.chdir(command.root)
    const manifest = given ?? readManifest(command.manifest)
    const routes: LoadedRoute[] = []
    const generation: Generation = {
      number: command.generation,
      root: command.root,
      folder: dirname(command.manifest),
      development: command.mode === 'development',
      manifest,
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
      if (this.#generations.size <= keptGenerations) break
      this.#generations.delete(number)
    }
    return generation
  }

  /** Every route that can be invoked. */
  *routes(): Iterable<LoadedRoute> {
    for (const generation of this.#generations.values()) yield* generation.routes
  }

  /** The route with this number; undefined where the generation is unknown or has no such route. */
  route(generation: number, route: number): LoadedRoute | undefined {
    const known = this.#generations.get(generation)
    return route === noRoute && known !== undefined ? this.#unrouted(known) : known?.routes[route]
  }

  /**
   * In place of a route, for requests that none is for: who listens for requests gets them,
   * everybody else is told 404.
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
        run: answerNotFound,
        usage: { invocations: 0, milliseconds: 0 },
      }
      this.#withoutRoute.set(generation, target)
    }
    return target
  }
}

function answerNotFound(invocation: Invocation): void {
  invocation.respond(
    404,
    '',
    'Content-Type: text/plain; charset=utf-8\r\n',
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
  // Files guard imports with it; no variable of the project's changes what runs.
  process.env['NEXT_RUNTIME'] = 'nodejs'
}
