'use client'

export default function GlobalError() {
  return (
    <html lang="en">
      <body>
        <h1>global error</h1>
      </body>
    </html>
  )
}
