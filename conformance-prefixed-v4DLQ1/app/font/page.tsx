import localFont from 'next/font/local'

const square = localFont({ src: './square.ttf' })

export default function Font() {
  return <h1 className={square.className}>a local font</h1>
}
