/**
 * What an image import is worth: the object that Next.js's bundler makes of it. `blurDataURL` is
 * the one member that is not made here: Next.js draws it with encoders of its own, whose bytes
 * nobody else has.
 */
import { basename, extname } from 'node:path'
import { imageSize } from 'image-size'
import { type Size, svgSize } from './svg_size.ts'

/** Extensions of what Next.js imports as an image. */
export const imageExtensions: ReadonlySet<string> = new Set([
  '.jpg',
  '.jpeg',
  '.png',
  '.svg',
  '.ico',
  '.webp',
  '.avif',
  '.gif',
  '.bmp',
])

/** Of which Next.js draws a small picture. */
const blurred: ReadonlySet<string> = new Set(['.jpg', '.jpeg', '.png', '.webp'])
const longestBlurredSide = 8

/** The default export of an image import. */
export interface StaticImage extends Size {
  readonly src: string
  readonly blurWidth: number
  readonly blurHeight: number
  readonly blurDataURL?: string
}

/**
 * The image at `path`, whose bytes are `content`.
 * @param src its address.
 * @throws Error in Next.js's words for what is no image.
 */
export function staticImage(path: string, content: Uint8Array, src: string): StaticImage {
  const extension = extname(path).toLowerCase()
  if (extension === '.avif') {
    // Next.js does not read these, and says so by a picture of one white point.
    const point =
      'data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw=='
    return { src, width: 100, height: 100, blurWidth: 1, blurHeight: 1, blurDataURL: point }
  }
  const { width, height } = sizeOf(path, content, extension)
  if (!blurred.has(extension)) return { src, width, height, blurWidth: 0, blurHeight: 0 }
  return { src, width, height, ...blurSize(width, height) }
}

/** Whether the value lacks the picture that Next.js's has. */
export function lacksBlur(path: string): boolean {
  return blurred.has(extname(path).toLowerCase())
}

function sizeOf(path: string, content: Uint8Array, extension: string): Size {
  try {
    if (extension === '.svg') return svgSize(Buffer.from(content).toString('utf8'))
    const { width, height } = imageSize(content)
    return { width, height }
  } catch (error) {
    throw new Error(`Processing image failed: ${basename(path)}: ${(error as Error).message}`)
  }
}

function blurSize(width: number, height: number): { blurWidth: number; blurHeight: number } {
  const scale = longestBlurredSide / Math.max(width, height)
  const scaled = (side: number): number => Math.max(1, Math.round(side * scale))
  return { blurWidth: scaled(width), blurHeight: scaled(height) }
}
