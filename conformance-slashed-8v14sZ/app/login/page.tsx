type Props = { searchParams: Promise<{ from?: string }> }

export default async function Login({ searchParams }: Props) {
  return <p>{`log in to see ${(await searchParams).from ?? 'it'}`}</p>
}
