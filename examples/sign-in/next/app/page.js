import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { currentSession } from '../auth.mjs'

// biome-ignore lint/style/noDefaultExport: Next.js takes the default export of a page.
export default async function Page() {
  const session = await currentSession(await headers())
  if (!session) redirect('/sign-in')
  return `Hello ${session.user.id}`
}
