import { List } from '../list'

export const revalidate = 1

export default function Page() {
  return <List title={`made at ${Date.now()}`} />
}
