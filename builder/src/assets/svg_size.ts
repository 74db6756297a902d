/**
 * Reads the size of an SVG image as Next.js's bundler does: from `width` and `height`, or else from
 * `viewBox`.
 */

/** In pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** Pixels per unit; other units are not accepted. */
const units: Readonly<Record<string, number>> = {
  '': 1,
  px: 1,
  in: 96,
  cm: 96 / 2.54,
  mm: 96 / 25.4,
  pt: 96 / 72,
  // A pica is a twelfth of a point here, not twelve points, as in Next.js.
  pc: 96 / 72 / 12,
  em: 16,
  ex: 8,
  m: 96 / 0.0254,
}

/** @throws Error with Next.js's message if the file does not state its size. */
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

/** Returns null if the length is absent or relative to the viewport. */
function pixels(text: string | null): number | null {
  if (text === null || text.trim().endsWith('%')) return null
  const [, number = '', unit = ''] = /^\s*(-?[\d.]+(?:e[+-]?\d+)?)([a-z]*)\s*$/i.exec(text) ?? []
  const factor = units[unit]
  if (number === '' || factor === undefined)
    throw new Error(`Unknown syntax for length, expected value with unit (${text})`)
  return Number(number) * factor
}
