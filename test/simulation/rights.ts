/** A token, and every id that can kill it, in the order in which its claim `rev` names them. */
export type SimulatedToken = { readonly about: string; readonly ids: readonly string[] }

/** What is revoked by one call: all ids are entries of one commit. */
export type SimulatedRevocation = { readonly about: string; readonly ids: readonly string[] }

const people = ['ann', 'bob', 'eve'] as const
const apps = { web: 'app-web', offline: 'app-offline' } as const

/**
 * Three people, each with a session, an app that is bound to it, and an app that may act offline; and a
 * machine.
 */
export const tokens: readonly SimulatedToken[] = [
  ...people.flatMap((name) => [
    { about: `the session of ${name}`, ids: [`signature-${name}`, `session-${name}`] },
    { about: `the app of ${name}`, ids: [`grant-${name}`, apps.web, `session-${name}`] },
    { about: `the offline app of ${name}`, ids: [`offline-${name}`, apps.offline] },
  ]),
  { about: 'the machine', ids: [apps.offline] },
]

/** Everything that ends rights, by the ids that the server writes into the log for it. */
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
