import { joinFields } from '../base/fields.ts'
import { bypassCookie, isPreviewModeId, previewModeId } from '../project/preview.ts'
import { refuseInsideCache } from '../cache/cache_scope.ts'
import type { RequestContext } from './context.ts'
import { RequestCookies } from '../web/cookies.ts'
import { Headers } from '../web/headers.ts'
import { cookieStoreOf } from './cookie_store.ts'

/** What `draftMode()` of `next/headers` answers. */
export class DraftMode {
  readonly #context: RequestContext

  constructor(context: RequestContext) {
    this.#context = context
  }

  /** Whether the browser may see drafts: it has the cookie, or is being given it. */
  get isEnabled(): boolean {
    if (this.#context.evaluation !== null) return false
    const value = this.#context.requestless
      ? this.#sent()
      : cookieStoreOf(this.#context).get(bypassCookie)?.value
    return isPreviewModeId(this.#context.invocation.target.generation, value)
  }

  /** Gives the browser the cookie. */
  enable(): void {
    this.#refuseInsideCache('enable')
    this.#context.useRequest('`draftMode().enable()`')
    this.#set(previewModeId(this.#context.invocation.target.generation))
  }

  /** Takes the cookie away. */
  disable(): void {
    this.#refuseInsideCache('disable')
    this.#context.useRequest('`draftMode().disable()`')
    this.#set('', new Date(0))
  }

  #refuseInsideCache(method: string): void {
    const why = (scope: string): string =>
      `can't be called inside ${scope}. Draft mode can be read inside a cached function, but enabling or disabling it must happen outside.`
    refuseInsideCache(this.#context.route, `draftMode().${method}()`, why)
  }

  /** What the browser sent, though the route does not see its cookies. */
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
