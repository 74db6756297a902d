import { List } from '../list'

export const dynamic = 'force-dynamic'

export default async function Page() {
  const response = await fetch(process.env.BENCH_DATA, { cache: 'no-store' })
  const { title } = await response.json()
  return <List title={title} />
}
