/**
 * The destination of a redirect or rewrite, taken apart as Next.js does before it fills in
 * parameters.
 */
import { compileTemplate, type TemplateToken } from './pattern.ts'

/** As the manifest has it. */
export interface DestinationTemplate {
  /** "https:"; absent for a path of the site. */
  readonly protocol?: string
  readonly host?: readonly TemplateToken[]
  readonly port?: string
  /** Path, and the fragment after it. */
  readonly path: readonly TemplateToken[]
  readonly query: readonly { readonly name: string; readonly values: readonly string[] }[]
}

/** Stands for the colon of a parameter, which the URL parser would take for a port's or refuse. */
const hiddenColon = '__ESC_COLON_'

/**
 * Escapes, dots and the host's letters become what the URL standard makes of them. `names` are the
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

/** In a host, the URL parser has made the letters small. */
function shown(text: string): string {
  return text.replace(/__ESC_COLON_/gi, ':')
}
