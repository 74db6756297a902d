/**
 * Renders pages for the server's cache (`fill`). The page's entry runs as for any request; here is
 * what it looks up and keeps in the shared cache meanwhile, which says how long the server may
 * serve the response, and the fields that tell the server so.
 */
import { asyncHooks } from '../base/async_hooks.ts'
import { DataCache } from '../cache/data_cache.ts'
import { lifetimeFields } from '../cache/static_generation.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { whenSettled } from '../invocation/settle.ts'
import type { CacheControl } from './cached_entry.ts'
import { pageTag } from './page_tag.ts'

/** A page in the shared cache. */
export interface KeptPage {
  /** The key of all variants of the page. */
  readonly key: string
  /** Undefined: nobody knows, and nobody else may have it. */
  readonly lifetime: CacheControl | undefined
  readonly tags: readonly string[]
  /** Milliseconds since the epoch. */
  readonly madeAt: number
}

const segmentField = 'next-router-segment-prefetch'
const onDemandField = /^x-millrace-on-demand:/im

/**
 * Has the server forget what it keeps of a page, which has been rendered anew for a request of its
 * own.
 */
export function forgetPage(key: string): void {
  DataCache.shared.revalidate([pageTag(key)], null)
}

/** Whether a page is to be rendered anew: the server asks only where it has none that is fresh. */
export function isPast({ lifetime, madeAt }: KeptPage, now: number): boolean {
  return typeof lifetime?.revalidate === 'number' && now - madeAt > lifetime.revalidate * 1000
}

/** One rendering for the server's cache. */
export class PageFill {
  static readonly #storage = new asyncHooks.AsyncLocalStorage<PageFill>()
  #page: KeptPage | null = null
  #isNew = false

  /** The one that the running code belongs to. */
  static current(): PageFill | undefined {
    return PageFill.#storage.getStore()
  }

  /** Calls `work` as part of this rendering. */
  run<T>(work: () => T): T {
    return PageFill.#storage.run(this, work)
  }

  /** Takes note of a page that the entry has found in the shared cache. */
  noteFound(page: KeptPage): void {
    this.#page ??= page
  }

  /** Takes note of a page that the entry has rendered and put into the shared cache. */
  noteMade(page: KeptPage): void {
    if (this.#page !== null && this.#page.key !== page.key) return
    this.#page = page
    this.#isNew = true
  }

  /**
   * The fields of the response for the server; as they are where it must not keep it.
   * @param isSegment whether a client names what it wants: what is not there is not kept.
   */
  fieldsFor(status: number, fields: string, isSegment: boolean, now: number): string {
    const page = this.#page
    if (page?.lifetime === undefined || status >= 500) return fields
    if (isSegment && status === 404) return fields
    const { revalidate, expire } = page.lifetime
    const tags = [...page.tags, pageTag(page.key)]
    const age = Math.max(0, Math.round(now - page.madeAt))
    return `${withoutState(fields)}${lifetimeFields({ revalidate, expire, tags })}x-millrace-age: ${age}\r\n${this.#isNew ? '' : 'x-millrace-cache: HIT\r\n'}`
  }
}

/**
 * Without what the server says itself of its cache, the state and for how long, and without the
 * second `Location` of a page that redirects: Next.js sets one while it renders, and adds that of
 * the page in its cache.
 */
function withoutState(fields: string): string {
  return fields
    .replace(/^(?:x-nextjs-cache:.*|cache-control: *s-maxage=.*)\r\n/gim, '')
    .replace(/^(location:.*\r\n)((?:.*\r\n)*?)\1/im, '$1$2')
}

/** Begins the rendering that an invocation asks for: its response will say how long to keep it. */
export function beginFill(invocation: Invocation): PageFill {
  const fill = new PageFill()
  const isSegment = invocation.rawFields.toLowerCase().includes(segmentField)
  const respond = invocation.respond.bind(invocation)
  invocation.respond = (status, reason, fields, body, end) =>
    respond(status, reason, fill.fieldsFor(status, fields, isSegment, Date.now()), body, end)
  return fill
}

/** Whether `res.revalidate()` asks for it. */
export function isOnDemand({ rawFields }: Invocation): boolean {
  return onDemandField.test(rawFields)
}

/**
 * Renderings of the same page, which Next.js would otherwise join: each has to see what is kept.
 */
export class FillQueue {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Calls `work` once all earlier ones of the page have ended. */
  run<T>(page: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(page)
    const done = before === undefined ? work() : before.then(work, work)
    this.#last.set(page, done)
    whenSettled(done, () => {
      if (this.#last.get(page) === done) this.#last.delete(page)
    })
    return done
  }
}
