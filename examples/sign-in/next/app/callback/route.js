import { auth } from '../../auth.mjs'

export const GET = auth.callback
