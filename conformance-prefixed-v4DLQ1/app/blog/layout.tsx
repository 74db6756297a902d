import type { ReactNode } from 'react'

export default function Blog({ children }: { children: ReactNode }) {
  return <section data-layout="blog">{children}</section>
}
