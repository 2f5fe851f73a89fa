import { before } from 'node:test'
import type { World } from '#src/world/world.ts'
import { type Client, clientAt, type Reply, type Sent } from '#test/support/client.ts'
import type { Engine } from '#test/support/engines.ts'
import { arrived, type Person, personWithRoles, signedIn } from '#test/support/people.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

/** A signed-in administrator, with a client that sends their token. */
export type Administrator = {
  readonly person: Person
  readonly token: string
  readonly refreshToken: string
  readonly client: Client
  call(method: string, path: string, json?: unknown, sent?: Sent): Promise<Reply>
}

type Where = { readonly url: string; readonly world: World }

export async function newAdministrator(where: Where): Promise<Administrator> {
  return signedInAs(where, await personWithRoles(where.world, ['default_user', 'admin']))
}

/** The same for an existing person, with any roles. */
export async function signedInAs({ url }: Where, person: Person): Promise<Administrator> {
  const client = clientAt(url)
  const session = await signedIn(client, person)
  const token = session.access_token
  const callWith = (json: unknown, sent: Sent) => ({
    bearer: token,
    ...(json === undefined ? {} : { json }),
    ...sent,
  })
  return {
    person,
    token,
    refreshToken: session.refresh_token,
    client,
    call: (method, path, json, sent = {}) => client.send(method, `/api/v1${path}`, callWith(json, sent)),
  }
}

/** A server for the tests of a suite, with an administrator. */
export function administered(engine: Engine) {
  const server = serverForSuite(engine)
  let created: Administrator | undefined
  before(async () => {
    created = await newAdministrator(server())
  })
  const present = () => {
    if (!created) throw new Error('The administrator of a suite exists only inside its tests')
    return created
  }
  const admin: Administrator = {
    get person() {
      return present().person
    },
    get token() {
      return present().token
    },
    get refreshToken() {
      return present().refreshToken
    },
    get client() {
      return present().client
    },
    call: (...sent) => present().call(...sent),
  }
  return { server, admin, anybody: () => arrived(clientAt(server().url, { userAgent: 'curl/8.5.0' })) }
}
