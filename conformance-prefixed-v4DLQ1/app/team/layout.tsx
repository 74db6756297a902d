import type { ReactNode } from 'react'

export default function Team(props: {
  children: ReactNode
  members: ReactNode
  news: ReactNode
}) {
  return (
    <div>
      {props.children}
      {props.members}
      {props.news}
    </div>
  )
}
