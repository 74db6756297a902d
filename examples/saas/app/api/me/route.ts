import { cookies } from 'next/headers'
import { NextResponse } from 'next/server'
import { preflight, route } from '@/lib/route-handler'
import { requireUser, sessionCookie } from '@/lib/session'

export const GET = route(async () => {
  const user = requireUser((await cookies()).get(sessionCookie)?.value)
  return NextResponse.json(user, { headers: { 'Cache-Control': 'private, no-store' } })
})

export const OPTIONS = preflight('GET', 'HEAD')
