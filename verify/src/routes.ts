/**
 * Lists the requests that are sent if no file contains any: GET, HEAD and OPTIONS for each route
 * without parameters.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { VerifyRequest } from './request_file.ts'
import { VerifyError } from './servers.ts'

interface Route {
  readonly path: string
  readonly parameters: readonly unknown[]
}

/** Maximum size of the list of routes in bytes. */
const longest = 64 << 20

/** The requests for the project's routes, and the routes that need a value for their parameters. */
export interface RouteRequests {
  readonly requests: readonly VerifyRequest[]
  readonly leftOut: readonly string[]
}

/** The settings of the current build that are part of every path. */
function configOf(directory: string): {
  readonly basePath?: string
  readonly trailingSlash?: boolean
} {
  try {
    return (
      JSON.parse(readFileSync(join(directory, '.millrace/current/manifest.json'), 'utf8')) as {
        config: object
      }
    ).config
  } catch {
    // Without a build next.config is unknown: the paths are those of the files.
    return {}
  }
}

function request(method: string, path: string): VerifyRequest {
  const step = {
    method,
    path: Buffer.from(path).toString('latin1'),
    headers: [],
    body: null,
    chunked: false,
    raw: null,
    methods: [method],
    capture: new Map(),
  }
  return { title: '', step, allow: [] }
}

/** Lists the project's routes as `millrace routes` does. */
export async function routeRequests(program: string, directory: string): Promise<RouteRequests> {
  let routes: Route[]
  try {
    const { stdout } = await promisify(execFile)(program, ['routes', '--json', directory], {
      maxBuffer: longest,
    })
    routes = JSON.parse(stdout) as Route[]
  } catch (error) {
    throw new VerifyError((error as { stderr?: string }).stderr?.trim() || (error as Error).message)
  }
  const { basePath = '', trailingSlash = false } = configOf(directory)
  const pathOf = ({ path }: Route) =>
    encodeURI(`${basePath}${path}${trailingSlash && !/\.\w+$/.test(path) ? '/' : ''}`)
  return {
    requests: routes
      .filter(({ parameters }) => parameters.length === 0)
      .flatMap((route) =>
        ['GET', 'HEAD', 'OPTIONS'].map((method) => request(method, pathOf(route))),
      ),
    leftOut: routes.filter(({ parameters }) => parameters.length > 0).map(({ path }) => path),
  }
}
