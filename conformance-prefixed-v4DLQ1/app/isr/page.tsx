export const revalidate = 3600

export default function Isr() {
  return <h1>renewed hourly</h1>
}
