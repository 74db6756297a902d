import { Head, Html, Main, NextScript } from 'next/document'

export default function Document() {
  return (
    <Html data-theme="plain">
      <Head />
      <body>
        <Main />
        <NextScript />
      </body>
    </Html>
  )
}
