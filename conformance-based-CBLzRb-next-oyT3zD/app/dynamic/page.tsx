import { headers } from 'next/headers'

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export default async function Dynamic({ searchParams }: Props) {
  const user = (await headers()).get('x-user')
  return <pre>{JSON.stringify({ user, query: await searchParams })}</pre>
}
