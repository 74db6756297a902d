/**
 * Builds the value of an image import: the object that Next.js's bundler creates. Only
 * `blurDataURL` is missing: Next.js generates it with its own encoders, whose bytes cannot be
 * reproduced.
 */
import { basename, extname } from 'node:path'
import { imageSize } from 'image-size'
import { type Size, svgSize } from './svg_size.ts'

/** File extensions that Next.js imports as images. */
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

/** File extensions for which Next.js generates a small blurred image. */
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
 * Returns the import's value for the image at `path`, whose bytes are `content`.
 * @param src its URL.
 * @throws Error with Next.js's message if the file is not an image.
 */
export function staticImage(path: string, content: Uint8Array, src: string): StaticImage {
  const extension = extname(path).toLowerCase()
  if (extension === '.avif') {
    // Next.js does not decode these formats and uses an image of one white pixel instead.
    const point =
      'data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw=='
    return { src, width: 100, height: 100, blurWidth: 1, blurHeight: 1, blurDataURL: point }
  }
  const { width, height } = sizeOf(path, content, extension)
  if (!blurred.has(extension)) return { src, width, height, blurWidth: 0, blurHeight: 0 }
  return { src, width, height, ...blurSize(width, height) }
}

/** Whether the value lacks the blurred image that Next.js generates. */
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
