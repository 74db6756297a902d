/**
 * Parses the destination of a redirect or rewrite as Next.js does before it fills in parameters.
 */
import { compileTemplate, type TemplateToken } from './pattern.ts'

/** A destination as the manifest has it. */
export interface DestinationTemplate {
  /** "https:"; absent for a path of the same site. */
  readonly protocol?: string
  readonly host?: readonly TemplateToken[]
  readonly port?: string
  /** The path and the fragment after it. */
  readonly path: readonly TemplateToken[]
  readonly query: readonly { readonly name: string; readonly values: readonly string[] }[]
}

/** Replaces the colon of a parameter, which the URL parser would read as a port's or reject. */
const hiddenColon = '__ESC_COLON_'

/**
 * Escapes, dot segments and the host's case are normalised by the URL parser. `names` are the
 * parameters that the rule may yield.
 * @throws Error for a destination that cannot be parsed.
 */
export function compileDestination(
  destination: string,
  names: readonly string[],
): DestinationTemplate {
  let hidden = destination
  for (const name of names) {
    if (name !== '') hidden = hidden.replaceAll(`:${name}`, `${hiddenColon}${name}`)
  }
  const isInside = hidden.startsWith('/')
  const url = new URL(isInside ? `http://n${hidden}` : hidden)
  return {
    ...(isInside ? {} : { protocol: url.protocol, host: compileTemplate(shown(url.hostname)) }),
    ...(isInside || url.port === '' ? {} : { port: url.port }),
    path: compileTemplate(shown(url.pathname) + shown(url.hash)),
    query: [...new Set(url.searchParams.keys())].map((name) => ({
      name,
      values: url.searchParams.getAll(name).map(shown),
    })),
  }
}

/** The URL parser lower-cases the host. */
function shown(text: string): string {
  return text.replace(/__ESC_COLON_/gi, ':')
}
