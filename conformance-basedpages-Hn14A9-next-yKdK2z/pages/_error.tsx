import type { NextPageContext } from 'next'

export default function Problem({ status }: { status: number }) {
  return <h1>problem {status}</h1>
}

Problem.getInitialProps = ({ res, err }: NextPageContext) => ({
  status: res?.statusCode ?? err?.statusCode ?? 0,
})
