import { cookies } from 'next/headers'
import { preflight, route } from '@/lib/route-handler'
import { endSession, sessionCookie } from '@/lib/session'

export const POST = route(async () => {
  const store = await cookies()
  endSession(store.get(sessionCookie)?.value)
  store.delete(sessionCookie)
  return new Response(null, { status: 204 })
})

export const OPTIONS = preflight('POST')
