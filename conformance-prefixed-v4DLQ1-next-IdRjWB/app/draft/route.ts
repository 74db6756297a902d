import { draftMode } from 'next/headers'
import { redirect } from 'next/navigation'

export async function GET() {
  ;(await draftMode()).enable()
  redirect('/drafted')
}

export async function DELETE() {
  ;(await draftMode()).disable()
  return new Response(null, { status: 204 })
}
