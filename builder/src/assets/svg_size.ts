/**
 * The size of an SVG image as Next.js's bundler reads it: from `width` and `height`, else from
 * `viewBox`.
 */

/** In pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** Pixels of each unit that counts; others are no length. */
const units: Readonly<Record<string, number>> = {
  '': 1,
  px: 1,
  in: 96,
  cm: 96 / 2.54,
  mm: 96 / 25.4,
  pt: 96 / 72,
  // A twelfth of a point, not twelve: as Next.js counts.
  pc: 96 / 72 / 12,
  em: 16,
  ex: 8,
  m: 96 / 0.0254,
}

/** @throws Error in Next.js's words where the file does not say its size. */
export function svgSize(text: string): Size {
  const root = /<svg\s([^>"']|"[^"]*"|'[^']*')*>/.exec(text)?.[0]
  if (root === undefined) throw new Error('Source code does not contain a <svg> root element')
  const width = pixels(attribute(root, 'width'))
  const height = pixels(attribute(root, 'height'))
  const viewBox = attribute(root, 'viewBox')
  if (width !== null && height !== null)
    return { width: Math.round(width), height: Math.round(height) }
  const box = viewBox?.trim().split(/\s+/).map(Number)
  if (box !== undefined && (box.length !== 4 || box.some(Number.isNaN)))
    throw new Error(`Unknown syntax for viewBox (${viewBox})`)
  if (width !== null)
    throw new Error('SVG source code contains only a width attribute but not height attribute')
  if (height !== null)
    throw new Error('SVG source code contains only a height attribute but not width attribute')
  if (box === undefined)
    throw new Error('SVG source code does not contain width and height or viewBox attribute')
  return { width: Math.round(box[2]!), height: Math.round(box[3]!) }
}

function attribute(root: string, name: string): string | null {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(root)
  return found === null ? null : (found[1] ?? found[2] ?? '')
}

/** Null where there is none, or a part of the viewport. */
function pixels(text: string | null): number | null {
  if (text === null || text.trim().endsWith('%')) return null
  const [, number = '', unit = ''] = /^\s*(-?[\d.]+(?:e[+-]?\d+)?)([a-z]*)\s*$/i.exec(text) ?? []
  const factor = units[unit]
  if (number === '' || factor === undefined)
    throw new Error(`Unknown syntax for length, expected value with unit (${text})`)
  return Number(number) * factor
}
