import { NextResponse } from 'next/server'
import { preflight, readJson, route } from '@/lib/route-handler'
import { sessionCookie, sessionSeconds, startSession } from '@/lib/session'
import { credentials, logIn } from '@/services/users'

export const POST = route(async (request) => {
  const user = logIn(credentials.parse(await readJson(request)))
  const response = NextResponse.json(user)
  response.cookies.set(sessionCookie, startSession(user), {
    httpOnly: true,
    sameSite: 'lax',
    path: '/',
    maxAge: sessionSeconds,
    secure: request.nextUrl.protocol === 'https:',
  })
  return response
})

export const OPTIONS = preflight('POST')
