'use client'

import { useActionState } from 'react'
import { add } from './actions'

export function Counter() {
  const [count, act] = useActionState(add, 1)
  return (
    <form id="add" action={act}>
      <output>count {count}</output>
      <input name="by" />
    </form>
  )
}
