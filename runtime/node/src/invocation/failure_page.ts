/**
 * Fills the page that a browser shows for a failed request in development.
 */
import { fileURLToPath } from 'node:url'
import { fs } from '../base/builtins.ts'

/** The page is in the folder of an installation, above the bundles, or beside the sources. */
const levels = ['../', '../../', '../../../', '../../../../']

/**
 * The page loads nothing and is shown in no frame; scripts of other origins cannot be added to it.
 */
export const pagePolicy =
  "Content-Security-Policy: default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"

let template: string | null | undefined

/**
 * Returns the page with `data`; without the page's file only the text.
 * @param text for clients without scripts.
 */
export function failurePage(data: object, text: string): string {
  template ??= readTemplate()
  const escaped = escapeHtml(text)
  if (template === null) return `<!doctype html><meta charset="utf-8"><pre>${escaped}</pre>\n`
  // Functions, because `$` has a meaning in a replacement text. The data comes first: once escaped,
  // it cannot contain the other mark.
  return template
    .replace('/*data*/null', () => escapeScript(JSON.stringify(data)))
    .replace('<!--text-->', () => escaped)
}

function readTemplate(): string | null {
  for (const level of levels) {
    try {
      return fs.readFileSync(
        fileURLToPath(new URL(`${level}error_page.html`, import.meta.url)),
        'utf8',
      )
    } catch {
      // It is further up.
    }
  }
  return null
}

/** Escapes text for the content of an element. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Escapes JSON for the content of a script element, where it remains JSON. */
function escapeScript(json: string): string {
  return json
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
}
