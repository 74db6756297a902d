import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Writes the responses of Google Fonts to the template of create-next-app into `folder`, and
 * returns the file, for `NEXT_FONT_GOOGLE_MOCKED_RESPONSES`.
 */
export function fontResponses(folder: string): string {
  const url = (family: string) =>
    `https://fonts.googleapis.com/css2?family=${family}:wght@100..900&display=swap`
  const css = (family: string) =>
    `@font-face { font-family: '${family}'; font-style: normal; font-weight: 100 900; font-display: swap; src: local('sans-serif') }`
  const responses = {
    [url('Geist')]: css('Geist'),
    [url('Geist+Mono')]: css('Geist Mono'),
  }
  const file = join(folder, 'fonts.cjs')
  writeFileSync(file, `module.exports = ${JSON.stringify(responses)}`)
  return file
}
