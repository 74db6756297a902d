export default async function Shop({
  params,
  searchParams,
}: {
  params: Promise<{ rest?: string[] }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  return (
    <pre>
      {JSON.stringify((await params).rest ?? null)} {JSON.stringify(await searchParams)}
    </pre>
  )
}
