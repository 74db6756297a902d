'use server'

import { revalidatePath, updateTag } from 'next/cache'
import { cookies } from 'next/headers'
import { notFound, redirect } from 'next/navigation'

export async function save(form: FormData) {
  const store = await cookies()
  store.set('name', String(form.get('name')), { httpOnly: true })
}

export async function leave() {
  redirect('/dynamic?left=1')
}

export async function leaveWithCookie() {
  const store = await cookies()
  store.set('left', 'yes')
  redirect('/dynamic')
}

export async function renewPath() {
  revalidatePath('/by-path')
}

export async function renewTag() {
  updateTag('count')
}

export async function vanish() {
  notFound()
}

export async function fail() {
  throw new Error('this action fails')
}

export async function add(before: number, form: FormData) {
  return before + Number(form.get('by'))
}
