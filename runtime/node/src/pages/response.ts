import { DataCache } from '../cache/data_cache.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { OutgoingResponse } from './outgoing_response.ts'
import { clearPreviewData, setDraftMode, setPreviewData, type PreviewOptions } from './preview.ts'
import type { ApiRequest } from './request.ts'
import { redirect, sendData, sendJson } from './send.ts'

/**
 * `res` of a Pages API handler: Node.js's response with Next.js's additions. The additions are
 * bound, because handlers detach them from `res`, and can be replaced, as middleware libraries do.
 */
export class ApiResponse extends OutgoingResponse {
  /** @internal Whether a stream was piped into it; only recorded after {@link watchPipes}. */
  wasPiped = false
  readonly #invocation: Invocation

  constructor(req: ApiRequest, invocation: Invocation) {
    super(req, invocation)
    this.#invocation = invocation
  }

  get status(): (code: number) => this {
    return (code) => {
      this.statusCode = code
      return this
    }
  }

  set status(replacement: unknown) {
    this.#replace('status', replacement)
  }

  get send(): (body: unknown) => void {
    return (body) => sendData(this.req, this, body)
  }

  set send(replacement: unknown) {
    this.#replace('send', replacement)
  }

  get json(): (body: unknown) => void {
    return (body) => sendJson(this, body)
  }

  set json(replacement: unknown) {
    this.#replace('json', replacement)
  }

  get redirect(): (statusOrUrl: number | string, url?: string) => this {
    return (statusOrUrl, url) => {
      redirect(this, statusOrUrl, url)
      return this
    }
  }

  set redirect(replacement: unknown) {
    this.#replace('redirect', replacement)
  }

  get setDraftMode(): (options?: { enable: boolean }) => this {
    return (options = { enable: true }) => {
      setDraftMode(this, this.#invocation.target.generation, options.enable)
      return this
    }
  }

  get setPreviewData(): (data: unknown, options?: PreviewOptions) => this {
    return (data, options = {}) => {
      setPreviewData(this, this.#invocation.target.generation, data, options)
      return this
    }
  }

  get clearPreviewData(): (options?: PreviewOptions) => this {
    return (options = {}) => {
      clearPreviewData(this, options)
      return this
    }
  }

  get revalidate(): (
    path: string,
    options?: { unstable_onlyGenerated?: boolean },
  ) => Promise<void> {
    return async (path, options) => {
      if (typeof path !== 'string' || !path.startsWith('/')) {
        throw new Error(
          `Invalid urlPath provided to revalidate(), must be a path e.g. /blog/post-1, received ${path}`,
        )
      }
      const onlyCached = options?.unstable_onlyGenerated === true
      const status = await DataCache.shared.refresh(path, onlyCached)
      if (status !== 200 && !(status === 404 && onlyCached))
        throw new Error(`Failed to revalidate ${path}: Invalid response ${status}`)
    }
  }

  /**
   * As with Next.js's compression middleware. Nothing is buffered here, so there is nothing to
   * flush.
   */
  get flush(): (() => void) | undefined {
    return this.#invocation.target.generation.manifest.config['compress'] === false
      ? undefined
      : () => undefined
  }

  set flush(replacement: unknown) {
    this.#replace('flush', replacement)
  }

  /** @internal From now on, records whether a stream is piped into it. */
  watchPipes(): void {
    this.once('pipe', () => {
      this.wasPiped = true
    })
  }

  #replace(name: string, value: unknown): void {
    Object.defineProperty(this, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
}
