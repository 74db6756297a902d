/**
 * The requests that are sent where no file names any: of each route without parameters, GET, HEAD
 * and OPTIONS.
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

/** Bytes that the list of routes may have. */
const longest = 64 << 20

/**
 * What the project's routes are asked, and the routes that cannot be asked without a value for
 * their parameters.
 */
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
    // Without a build nothing is known of next.config: the paths are those of the files.
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
    answers: [method],
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
