export const getStaticProps = ({ locale }: { locale: string }) => ({ props: { locale } })

export default function Home({ locale }: { locale: string }) {
  return <h1>home in {locale}</h1>
}
