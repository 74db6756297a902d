import { revalidatePath, revalidateTag } from 'next/cache'
import type { NextRequest } from 'next/server'

export function POST(request: NextRequest) {
  const path = request.nextUrl.searchParams.get('path')
  const tag = request.nextUrl.searchParams.get('tag')
  if (path !== null) revalidatePath(path)
  if (tag !== null) revalidateTag(tag, { expire: 0 })
  return Response.json({ path, tag })
}
