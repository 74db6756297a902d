'use client'

export default function Failed() {
  return <p>the boundary has caught it</p>
}
