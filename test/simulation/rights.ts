/** A token, and every id that can revoke it, in the order of its claim `rev`. */
export type SimulatedToken = { readonly about: string; readonly ids: readonly string[] }

/** The revocation of one call: all ids are entries of one commit. */
export type SimulatedRevocation = { readonly about: string; readonly ids: readonly string[] }

const people = ['ann', 'bob', 'eve'] as const
const apps = { web: 'app-web', offline: 'app-offline' } as const

/** Three users, each with a session, an app bound to it, and an offline app; and a machine. */
export const tokens: readonly SimulatedToken[] = [
  ...people.flatMap((name) => [
    { about: `the session of ${name}`, ids: [`signature-${name}`, `session-${name}`] },
    { about: `the app of ${name}`, ids: [`grant-${name}`, apps.web, `session-${name}`] },
    { about: `the offline app of ${name}`, ids: [`offline-${name}`, apps.offline] },
  ]),
  { about: 'the machine', ids: [apps.offline] },
]

/** Everything that ends rights, by the ids that the server writes to the log for it. */
export const revocations: readonly SimulatedRevocation[] = [
  ...people.flatMap((name) => [
    { about: `the session of ${name} ends`, ids: [`session-${name}`] },
    { about: `${name} removes an app`, ids: [`grant-${name}`] },
    { about: `the offline grant of ${name} is revoked`, ids: [`offline-${name}`] },
    {
      about: `everything of ${name} ends`,
      ids: [`signature-${name}`, `grant-${name}`, `offline-${name}`],
    },
  ]),
  { about: 'an app is removed', ids: [apps.web] },
  { about: 'the app of the machine is removed', ids: [apps.offline] },
]
