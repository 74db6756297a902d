import './style.css'
import type { Metadata } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'

export const metadata: Metadata = {
  metadataBase: new URL('https://example.org'),
  title: { default: 'Shop', template: '%s | Shop' },
  description: 'A small app.',
}

export default function Root({ children, modal }: { children: ReactNode; modal: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <nav>
          <Link href="/blog/first">first</Link>
        </nav>
        {children}
        {modal}
      </body>
    </html>
  )
}
