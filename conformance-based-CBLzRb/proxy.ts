import { type NextRequest, NextResponse } from 'next/server'

/** Guards `/admin` and `/account`: passes the name of the visitor on, or sends to the login. */
function guarded(request: NextRequest): NextResponse {
  const user = request.cookies.get('user')?.value
  if (user === undefined) {
    const login = new URL('/login', request.url)
    login.searchParams.set('from', request.nextUrl.pathname)
    return NextResponse.redirect(login)
  }
  const headers = new Headers(request.headers)
  headers.set('x-user', user)
  return NextResponse.next({ request: { headers } })
}

export function proxy(request: NextRequest): NextResponse | Response | undefined {
  const { pathname, searchParams } = request.nextUrl
  const to = (path: string) => new URL(path, request.url)
  if (pathname.startsWith('/admin') || pathname.startsWith('/account')) return guarded(request)
  switch (pathname) {
    case '/to-static':
      return NextResponse.rewrite(to('/about'))
    case '/to-dynamic':
      return NextResponse.rewrite(to('/dynamic?from=proxy'))
    case '/to-post':
      return NextResponse.rewrite(to('/post/1'))
    case '/to-new-post':
      return NextResponse.rewrite(to('/post/new'))
    case '/to-old':
      return NextResponse.rewrite(to('/old/1'))
    case '/to-user':
      return NextResponse.rewrite(to('/user/7?from=proxy'))
    case '/to-rule':
      return NextResponse.rewrite(to('/after/1'))
    case '/to-nothing':
      return NextResponse.rewrite(to('/nothing'))
    case '/to-file':
      return NextResponse.rewrite(to('/hi.txt'))
    case '/to-route':
      return NextResponse.rewrite(to('/api/hello'))
    case '/gone':
      return NextResponse.rewrite(to('/about'), { status: 410 })
    case '/leave':
      return NextResponse.redirect(to('/about'), 308)
    case '/leave-far':
      return NextResponse.redirect('https://example.org/there')
    case '/own':
      return new Response('made by the proxy', { status: 418, headers: { 'X-Own': 'yes' } })
    case '/json':
      return NextResponse.json({ by: 'proxy' })
    case '/cookies': {
      const response = NextResponse.next()
      response.cookies.set('seen', 'yes', { path: '/' })
      response.headers.set('X-Proxied', pathname)
      return response
    }
    case '/throws':
      throw new Error('the proxy fails')
  }
  if (searchParams.has('marked')) {
    const response = NextResponse.next()
    response.headers.set('X-Marked', pathname)
    return response
  }
  return undefined
}

export const config = {
  matcher: ['/((?!_next/static|_next/image|unwatched|favicon.ico).*)'],
}
