/** A section of docs/benchmarks.md: some benchmarks of bench/run.ts, and what they measure. */
export type Subject = {
  readonly slug: string
  readonly title: string
  readonly benchmarks: readonly string[]
  readonly about: string
  /** Where a target is not reached: what the time is spent on, and how that was determined. */
  readonly why?: string
}

export const subjects: readonly Subject[] = [
  {
    slug: 'verify',
    title: 'Verification',
    benchmarks: ['verify', 'ticket'],
    about: `A reverse proxy asks on every request. The token is cached, so what is left is HTTP: parsing
the request, looking the token up and writing the headers of the answer. The limit is a
\`node:http\` server that writes the same answer and looks at nothing. Pipelined requests
measure the server; one request at a time on 32 connections is what a proxy does.`,
  },
  {
    slug: 'sign-in',
    title: 'Sign-in and refresh on SQLite',
    benchmarks: ['sign-in', 'refresh', 'refresh-together'],
    about: `A sign-in over HTTP is compared with a bare server that does what no sign-in can avoid
([0016](decisions/0016-sign-in-benchmark.md)); a refresh, in one process, with one durable
update ([0013](decisions/0013-refresh-benchmark.md)). Callers at the same time share a commit,
so together they are faster than one commit each.`,
  },
  {
    slug: 'postgres',
    title: 'PostgreSQL',
    benchmarks: ['postgres'],
    about: `Use cases that write, in one process with 16 callers, on a PostgreSQL on the same machine that
waits for its disk. \`refresh\` rotates a refresh token and signs a pair; \`sign-in\` includes
the argon2id hash; \`logout\` and \`logout_all\` last until every node has acknowledged. Each
is compared with SQLite, and with the same changes of rows by bare prepared statements in
tables with the same indexes, sent without waiting for each other: calls that wait together in
one commit, or each in its own. All are measured alternately
([0026](decisions/0026-grouped-statements.md)).`,
    why: `Per call and for 16 callers, a refresh is 0.14 statements, a logout 1.7 and \`logout_all\` 1.9.
What is left above the bare statements is what they leave out: the sealer assigns each audit event its
place, which changes every index of the table once more, and each call makes ids, MACs and a signature.`,
  },
  {
    slug: 'oauth',
    title: 'OpenID provider',
    benchmarks: ['oauth'],
    about: `Endpoints that apps call, over HTTP on SQLite. The limit is a \`node:http\` server that
returns the same answer after as many ES256 signatures as there are tokens in it, and after
one durable row where the endpoint stores something. Codes and refresh tokens work once, so
those calls come from 8 callers; the others are pipelined over 8 connections. These numbers
are reported, without a promise.`,
  },
  {
    slug: 'logout',
    title: 'Logout everywhere',
    benchmarks: ['logout', 'logout-one-killed'],
    about: `How long \`logout_all\` takes over HTTP until no node accepts a token of the user, on
PostgreSQL, compared with the least that this needs: a durable commit and a round trip, and
with more nodes a notification, a read and an acknowledgement in each
([0017](decisions/0017-revocation-benchmark.md)). All nodes share the processors of one
machine. A node that is killed is waited for until its lease has ended.`,
  },
  {
    slug: 'revocations',
    title: 'Verification during revocations',
    benchmarks: ['beside-revocations', 'fleet'],
    about: `What 200 revocations per second cost verifications at the same time, on the server
that revokes and on another node, per second of processor time
([0017](decisions/0017-revocation-benchmark.md)); and how many resource servers one node can
keep informed.`,
  },
  {
    slug: 'sdk',
    title: 'SDK in a resource server',
    benchmarks: ['sdk', 'revoked-ids'],
    about: `\`@sigil/verify\` with 100,000 revoked ids and 500 tokens in use. Warm, a token was seen
before; the limit is the same checks, inlined. Cold, its signature is verified; the
limit is \`crypto.verify\` alone.`,
  },
  {
    slug: 'start',
    title: 'Start and memory',
    benchmarks: ['start', 'memory'],
    about: `From the start of the process until it is ready, with a warm compile cache, and its memory
when idle and after load.`,
  },
]
