import type { NextPageContext } from 'next'

export default function Initial({ path }: { path: string }) {
  return <p>initial {path}</p>
}

Initial.getInitialProps = ({ asPath }: NextPageContext) => ({ path: asPath ?? '' })
