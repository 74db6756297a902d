import type { RouteModule } from '../project/generation.ts'
import type { Route } from '../project/manifest.ts'

/** The parameters of one path, by name. */
export type Params = Readonly<Record<string, string | readonly string[]>>

/**
 * Returns what the route's `generateStaticParams()` returns; null if it has none.
 * @throws Error with Next.js's message if parameters do not fit the route.
 */
export async function staticParams(route: Route, module: RouteModule): Promise<Params[] | null> {
  const generate = module['generateStaticParams']
  if (typeof generate !== 'function') return null
  const found: unknown = await generate({ params: {} })
  if (!Array.isArray(found))
    throw new Error(
      `Invalid value returned from generateStaticParams for ${route.path}: expected an array`,
    )
  return found.map((given: unknown) => checked(route, given as Record<string, unknown> | null))
}

function checked(route: Route, given: Record<string, unknown> | null): Params {
  const params: Record<string, string | readonly string[]> = {}
  for (const { name, kind } of route.parameters) {
    const value = given?.[name]
    const many = kind !== 'single'
    if (kind === 'optional-catch-all' && (value === undefined || value === null || value === false))
      continue
    if (many ? !isTexts(value) : typeof value !== 'string') {
      throw new Error(
        `A required parameter (${name}) was not provided as ${many ? 'an array' : 'a string'} received ${Array.isArray(value) ? 'array' : typeof value} in generateStaticParams for ${route.path}`,
      )
    }
    params[name] = value as string | readonly string[]
  }
  return params
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((part) => typeof part === 'string')
}

/**
 * Returns the parameters' values as the link encodes them: percent-encoded, in the route's order,
 * separated by one space.
 */
export function encodeParams(route: Route, params: Params): string {
  return route.parameters.map(({ name }) => encoded(params[name])).join(' ')
}

/** Returns the path with these parameters, percent-encoded, without basePath. */
export function pathOf(route: Route, params: Params): string {
  const segments = route.path.split('/').map((segment) => {
    const name = /^\[{1,2}(?:\.\.\.)?([^\]]+)\]{1,2}$/.exec(segment)?.[1]
    return name === undefined ? segment : encoded(params[name])
  })
  return segments.join('/').replace(/\/$/, '') || '/'
}

function encoded(value: string | readonly string[] | undefined): string {
  return [value ?? []]
    .flat()
    .map((part) => encodeURIComponent(part))
    .join('/')
}
