/** What every page shows: enough to be a page, little enough that the server matters. */
export function List({ title }) {
  return (
    <main>
      <h1>{title}</h1>
      <ul>
        {Array.from({ length: 40 }, (_, i) => (
          <li key={i}>
            <a href={`/items/${i}`}>item {i}</a>: a line of text about it
          </li>
        ))}
      </ul>
    </main>
  )
}
