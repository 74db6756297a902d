'use client'

import { useActionState } from 'react'
import { greet } from './actions'

export function Form() {
  const [text, act] = useActionState(greet, '')
  return (
    <form action={act}>
      <input name="name" />
      <button type="submit">greet</button>
      <p>{text}</p>
    </form>
  )
}
