import type { ReactNode } from 'react'

export default function Group({ children }: { children: ReactNode }) {
  return <article>{children}</article>
}
