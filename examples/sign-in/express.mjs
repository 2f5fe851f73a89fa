import { nodeSignIn } from '@sigil/verify/sign-in'
import express from 'express'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, COOKIE_SECRET, APP_URL = 'http://localhost:3000' } = process.env
const auth = nodeSignIn({
  issuer: ISSUER,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  cookieSecret: COOKIE_SECRET,
  appUrl: APP_URL,
})

const app = express()
app.get('/sign-in', auth.signIn)
app.get('/callback', auth.callback)
app.post('/sign-out', auth.signOut)
app.get(
  '/',
  auth.signedIn((request, response, { user }) => {
    response.send(`Hello ${user.id} <form method="post" action="/sign-out"><button>Sign out</button></form>`)
  }),
)
app.listen(new URL(APP_URL).port, () => console.log(APP_URL))
