import { joinFields } from '../base/fields.ts'
import { bypassCookie, isPreviewModeId, previewModeId } from '../project/preview.ts'
import { rejectInsideCache } from '../cache/cache_scope.ts'
import type { RequestContext } from './context.ts'
import { RequestCookies } from '../web/cookies.ts'
import { Headers } from '../web/headers.ts'
import { cookieStoreOf } from './cookie_store.ts'

/** The value of `draftMode()`. */
export class DraftMode {
  readonly #context: RequestContext

  constructor(context: RequestContext) {
    this.#context = context
  }

  /** Whether draft mode is on: the browser has sent the cookie, or the response sets it. */
  get isEnabled(): boolean {
    if (this.#context.evaluation !== null) return false
    const value = this.#context.requestless
      ? this.#sent()
      : cookieStoreOf(this.#context).get(bypassCookie)?.value
    return isPreviewModeId(this.#context.invocation.target.generation, value)
  }

  /** Sets the cookie. */
  enable(): void {
    this.#rejectInsideCache('enable')
    this.#context.useRequest('`draftMode().enable()`')
    this.#set(previewModeId(this.#context.invocation.target.generation))
  }

  /** Deletes the cookie. */
  disable(): void {
    this.#rejectInsideCache('disable')
    this.#context.useRequest('`draftMode().disable()`')
    this.#set('', new Date(0))
  }

  #rejectInsideCache(method: string): void {
    const why = (scope: string): string =>
      `can't be called inside ${scope}. Draft mode can be read inside a cached function, but enabling or disabling it must happen outside.`
    rejectInsideCache(this.#context.route, `draftMode().${method}()`, why)
  }

  /** Returns the cookie that the browser sent, also if the route does not see its cookies. */
  #sent(): string | undefined {
    const { cookie } = joinFields(this.#context.invocation.rawFields)
    return new RequestCookies(new Headers([['cookie', [cookie ?? ''].flat().join('; ')]])).get(
      bypassCookie,
    )?.value
  }

  #set(value: string, expires?: Date): void {
    const { development } = this.#context.invocation.target.generation
    cookieStoreOf(this.#context).set({
      name: bypassCookie,
      value,
      httpOnly: true,
      sameSite: development ? 'lax' : 'none',
      secure: !development,
      path: '/',
      ...(expires === undefined ? {} : { expires }),
    })
  }
}
