/**
 * Serves static pages of the Pages Router: HTML files that `next build` has made, one for each
 * locale of the project.
 */
import { join, relative } from 'node:path'

import { fs } from '../base/builtins.ts'
import { withoutBasePath } from '../invocation/query.ts'
import type { ApiRequest } from '../pages/request.ts'
import type { Entry } from './entry.ts'
import type { Locales, ProjectNext } from './project_next.ts'
import { defaultLocaleOf } from './request_meta.ts'

interface SendPayload {
  readonly sendRenderResult: (response: object) => Promise<unknown>
}

interface RenderResultModule {
  readonly default: { fromStatic(html: string, type: string): unknown }
}

/** Creates the entry of a static page. @param file its HTML, in the default locale. */
export function staticPage(next: ProjectNext, file: string): Entry {
  const { sendRenderResult } = next.load<SendPayload>('next/dist/server/send-payload')
  const { default: RenderResult } = next.load<RenderResultModule>('next/dist/server/render-result')
  const { generateEtags, poweredByHeader, i18n } = next.config
  const read = (path: string): unknown =>
    RenderResult.fromStatic(fs.readFileSync(path, 'utf8'), 'text/html; charset=utf-8')
  const result = read(file)
  const localised = new Map<string, unknown>()
  for (const locale of i18n?.locales ?? []) {
    const path = fileOf(next, file, i18n!.defaultLocale, locale)
    if (path !== null && fs.existsSync(path))
      localised.set(locale, path === file ? result : read(path))
  }
  return {
    handler: (req, res, { requestMeta }) =>
      sendRenderResult({
        req,
        res,
        result: i18n
          ? (localised.get(requestMeta.locale ?? localeOf(next, i18n, req)) ?? result)
          : result,
        generateEtags,
        poweredByHeader,
      }),
  }
}

/** Returns the file of a page in another locale; null for a file that belongs to no locale. */
function fileOf(next: ProjectNext, file: string, from: string, to: string): string | null {
  const folder = join(next.distDir, 'server/pages')
  const name = relative(folder, file)
  if (name !== `${from}.html` && !name.startsWith(`${from}/`)) return null
  return join(folder, to + name.slice(from.length))
}

/** Returns the locale that a request names in its path, or that of its domain. */
function localeOf(next: ProjectNext, i18n: Locales, req: ApiRequest): string {
  const path = withoutBasePath(req.url, next.config.basePath ?? '')
  const first = /^\/([^/?]*)/.exec(path)![1]!.toLowerCase()
  const named = i18n.locales.find((locale) => locale.toLowerCase() === first)
  return named ?? defaultLocaleOf(i18n, req)
}
