import { cookies } from 'next/headers'
import { fail, leave, leaveWithCookie, renewPath, renewTag, save, vanish } from './actions'
import { Counter } from './counter'

export default async function Actions() {
  const name = (await cookies()).get('name')?.value ?? 'nobody'
  return (
    <main>
      <p>name {name}</p>
      <form id="save" action={save}>
        <input name="name" />
      </form>
      <form id="leave" action={leave} />
      <form id="leave-with-cookie" action={leaveWithCookie} />
      <form id="renew-path" action={renewPath} />
      <form id="renew-tag" action={renewTag} />
      <form id="vanish" action={vanish} />
      <form id="fail" action={fail} />
      <Counter />
    </main>
  )
}
