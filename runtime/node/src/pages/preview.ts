import { serialize } from 'cookie'

import type { Generation } from '../project/generation.ts'
import {
  bypassCookie,
  isPreviewModeId,
  openPreviewData,
  previewDataCookie,
  previewModeId,
  sealPreviewData,
} from '../project/preview.ts'
import type { HeaderValue } from './header_store.ts'

/** The part of a request that is read. */
interface CookieSource {
  readonly cookies: Partial<Record<string, string>>
}

/** The part of a response that cookies are set on. */
export interface CookieTarget {
  getHeader(name: string): HeaderValue | undefined
  setHeader(name: string, value: HeaderValue): unknown
}

/** How long and for which paths preview data is valid. */
export interface PreviewOptions {
  /** Seconds. */
  readonly maxAge?: number
  readonly path?: string
}

/** Browsers drop cookies of more than 4 KB; Next.js's limit is half of that. */
const maxPreviewData = 2048
const cleared = new WeakSet<CookieTarget>()

/** Implements `res.setDraftMode()`. */
export function setDraftMode(res: CookieTarget, generation: Generation, enable: boolean): void {
  addCookie(res, bypassCookie, previewModeId(generation), enable ? {} : { expires: new Date(0) })
}

/** Implements `res.setPreviewData()`. @throws Error for data too large for a cookie. */
export function setPreviewData(
  res: CookieTarget,
  generation: Generation,
  data: unknown,
  options: PreviewOptions,
): void {
  const sealed = sealPreviewData(generation, data, options.maxAge)
  if (sealed.length > maxPreviewData) {
    throw new Error(
      'Preview data is limited to 2KB currently, reduce how much data you are storing as preview data to continue',
    )
  }
  addCookie(res, bypassCookie, previewModeId(generation), options)
  addCookie(res, previewDataCookie, sealed, options)
}

/** Implements `res.clearPreviewData()`. */
export function clearPreviewData(res: CookieTarget, options: PreviewOptions = {}): void {
  if (cleared.has(res)) return
  const expired =
    options.path === undefined
      ? { expires: new Date(0) }
      : { expires: new Date(0), path: options.path }
  addCookie(res, bypassCookie, '', expired)
  addCookie(res, previewDataCookie, '', expired)
  cleared.add(res)
}

/** Returns `req.previewData`: the data, an empty object in draft mode, otherwise false. */
export function readPreviewData(
  req: CookieSource,
  res: CookieTarget,
  generation: Generation,
): unknown {
  const id = req.cookies[bypassCookie]
  const sealed = req.cookies[previewDataCookie]
  if (!id && !sealed) return false
  const valid = isPreviewModeId(generation, id)
  if (valid && !sealed) return {}
  const data = valid && sealed ? openPreviewData(generation, sealed) : undefined
  if (data !== undefined) return data
  clearPreviewData(res)
  return false
}

function addCookie(
  res: CookieTarget,
  name: string,
  value: string,
  options: { maxAge?: number; path?: string; expires?: Date },
): void {
  const development = process.env['NODE_ENV'] === 'development'
  const before = res.getHeader('Set-Cookie')
  const cookie = serialize(name, value, {
    httpOnly: true,
    sameSite: development ? 'lax' : 'none',
    secure: !development,
    path: '/',
    ...options,
  })
  res.setHeader('Set-Cookie', [
    ...(before === undefined ? [] : [before].flat().map(String)),
    cookie,
  ])
}
