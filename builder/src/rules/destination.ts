/** The destination of a redirect or rewrite, taken apart as Next.js does before it fills in parameters. */
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

const whole = /^(?:(https?:)\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(#.*)?$/s

/** @throws Error for a destination that cannot be parsed. */
export function compileDestination(destination: string): DestinationTemplate {
  const [, protocol, authority = '', path = '', search = '', fragment = ''] = whole.exec(destination) ?? []
  const query = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(search)) query.set(name, [...(query.get(name) ?? []), value])
  const port = /:(\d+)$/.exec(authority)?.[1]
  const host = port === undefined ? authority : authority.slice(0, -port.length - 1)
  return {
    ...(protocol === undefined ? {} : { protocol, host: compileTemplate(host), ...(port === undefined ? {} : { port }) }),
    path: compileTemplate(`${path}${fragment}`),
    query: [...query].map(([name, values]) => ({ name, values })),
  }
}
