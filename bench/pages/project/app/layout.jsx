import Link from 'next/link'

export const metadata = { title: 'bench', description: 'pages to measure' }

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <nav>
          <Link href="/">home</Link> <Link href="/isr">isr</Link> <Link href="/act">act</Link>
        </nav>
        {children}
      </body>
    </html>
  )
}
