import type { Mutant } from '#test/simulation/mutants.ts'

type GrantMutant = Omit<Mutant, 'isAlone'>

const rev = 'rev: [grant.id, revocationIdOf(grant), ...session]'

/** One rule about sessions, grants and apps, broken in its source. */
export const grantMutants: readonly GrantMutant[] = [
  {
    name: 'a token of an app that does not name its session',
    seed: 1,
    file: 'apps/app-token.ts',
    from: rev,
    to: 'rev: [grant.id, revocationIdOf(grant)]',
  },
  {
    name: 'a session that ends without the grants whose tokens do not name it',
    seed: 1,
    file: 'sessions/end.ts',
    from: 'pairwiseGrantsIn(query, sessionId),',
    to: '[],',
  },
  {
    name: 'a token of an app that does not name its grant',
    seed: 1,
    file: 'apps/app-token.ts',
    from: rev,
    to: 'rev: [revocationIdOf(grant), ...session]',
  },
  {
    name: 'a token of an app that does not name the app',
    seed: 1,
    file: 'apps/app-token.ts',
    from: rev,
    to: 'rev: [grant.id, ...session]',
  },
  {
    name: 'a ticket that does not name its grant',
    seed: 1,
    file: 'forward-auth/mint-ticket.ts',
    from: 'rev: [grantId, revocationIdOf(subject), sessionId, signature]',
    to: 'rev: [sessionId, revocationIdOf(subject), sessionId, signature]',
  },
  {
    name: 'an exchanged token that does not name the app that has it',
    seed: 1,
    file: 'apps/app-token.ts',
    from: 'rev: [...new Set([...rev, revocationIdOf(app)])]',
    to: 'rev',
  },
  {
    name: 'an exchanged token that names only the app that has it',
    seed: 1,
    file: 'apps/app-token.ts',
    from: 'rev: [...new Set([...rev, revocationIdOf(app)])]',
    to: 'rev: [revocationIdOf(app)]',
  },
  {
    name: 'a ticket that does not name its session',
    seed: 1,
    file: 'forward-auth/mint-ticket.ts',
    from: 'rev: [grantId, revocationIdOf(subject), sessionId, signature]',
    to: 'rev: [grantId, revocationIdOf(subject), grantId, signature]',
  },
  {
    name: 'a verifier that accepts a bound token for its proof',
    seed: 1,
    file: 'sdk/verify/src/memory-verifier.ts',
    from: 'if (isBound(found, checked)) await this.#prove(found, checked, request)',
    to: 'if (isBound(found, checked)) return this.#prove(found, checked, request).then(() => checked.token)',
  },
  {
    name: 'a revoked grant that is not in the log',
    seed: 1,
    file: 'apps/end-grant.ts',
    from: "revoked: await revoke(query, world, { kind: 'grant', ids: [id] })",
    to: 'revoked: []',
  },
  {
    name: 'a disconnected app whose grants are not in the log',
    seed: 1,
    file: 'apps/end-grant.ts',
    from: "revoked: await revoke(query, world, { kind: 'grant', ids })",
    to: 'revoked: []',
  },
  {
    name: 'a removed or disabled app that is not in the log',
    seed: 1,
    file: 'apps/end-app.ts',
    from: "return revoke(query, world, { kind: 'app', ids: site ? [id, site.revision] : [id] })",
    to: 'return Promise.resolve([])',
  },
  {
    name: 'an end of everything that excludes offline grants',
    seed: 1,
    file: 'sessions/grants.sql.ts',
    from: 'where user_id = $' + '{userId} and ended_at is null returning id',
    to: 'where user_id = $' + '{userId} and ended_at is null and session_id is not null returning id',
  },
  {
    name: 'an end of everything that revokes no grants',
    seed: 1,
    file: 'sessions/end-everywhere.ts',
    from: "await revoke(query, world, { kind: 'grant', ids: ended.grants })",
    to: '[]',
  },
  {
    name: 'an offline grant that ends with its session',
    seed: 1,
    file: 'apps/open-grant.ts',
    from: 'sessionId: opening.isOffline ? undefined : opening.sessionId',
    to: 'sessionId: opening.sessionId',
  },
  {
    name: 'a grant that survives the reuse of its refresh token',
    seed: 1,
    file: 'apps/refresh-grant.ts',
    from: "await (await endOneGrant(world, { id: grant.id, reason: 'refresh_token_reused', by })).propagated",
    to: '',
  },
  {
    name: 'an end that is answered before verifiers have applied it',
    seed: 1,
    file: 'revocations/commit.ts',
    from: 'last === undefined ? propagateAll(world) : measured(world, propagation(world, last))',
    to: 'Promise.resolve({ everywhere: true, waitedMs: 0 })',
  },
]
