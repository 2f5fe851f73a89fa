import { auth } from '../../auth.mjs'

export const POST = auth.signOut
