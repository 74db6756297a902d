import { cookies, headers } from 'next/headers'

export default async function Dynamic({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const seen = (await headers()).get('x-seen')
  const name = (await cookies()).get('name')?.value
  return <pre>{JSON.stringify({ seen, name, query: await searchParams })}</pre>
}
