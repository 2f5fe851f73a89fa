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
    why: `A profile of the check of a ticket, as shares of the processor time: 22 % is the system call that
writes the answer, 18 % garbage collection, 27 % native code outside of JavaScript, and 11 % the check:
parsing the cookie, finding the site and the ticket, the revoked ids, the lease and the rules of the
path. Node builds all headers of a request on first use. The check reads the five that matter from the
raw ones: of a request with 18 headers, as proxies pass them on, in 0.9 µs instead of 9.2 µs.`,
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
place, which changes every index of the table once more, and each call makes ids, MACs and a signature.

A sign-in is two round trips: it finds the user, and after the hash it sends one transaction of seven
statements. The bare one is a transaction of four. The others find the user, find the sessions that must
make room, read the subject of the token, and check that the database has not moved. In a profile, the
main thread spends 26 % of its time on the system call that sends statements, 13 % in the driver, 21 % on
handing hashes to their threads and 9 % on garbage collection; nothing else exceeds 5 %. A refresh of an
app is one statement with the others that wait, and reads nothing again.`,
  },
  {
    slug: 'oauth',
    title: 'OpenID provider',
    benchmarks: ['oauth'],
    about: `Endpoints that apps call, over HTTP on SQLite. The limit is a \`node:http\` server that
returns the same answer after what each row names: as many ES256 signatures as there are tokens
in the answer, one durable row where the endpoint stores something, and one row that is read.
An app that was disabled, or whose secret was replaced, is rejected by its next call, so the row of
the client is read and the secret is hashed; the claims of userinfo are those of now, so the row of
the user is read. Codes and refresh tokens work once, so those calls come from 8 callers; the others
are pipelined over 8 connections. These numbers are reported, without a promise.`,
    why: `A call reads the app and its secrets in one statement, and keeps this snapshot: a token names the
app as it was then, so what ends the app later revokes the token. The signature of an access token is
verified once. Before, the app was read up to three times. What this saves was measured alternately on a
busy machine, in three runs:

| | statements before | statements | processor time, as a share of before |
|---|---|---|---|
| refresh grant | 8 | 3 | 0.64 to 0.82 |
| client credentials | 4 | 1 | 0.64 to 0.76 |
| userinfo | 3 | 1 | 0.33 to 0.49 |
| introspection | 2 | 1 | 0.61 to 0.72 |

A code exchange also saves three statements; its time varied too much to show it (0.80 to 1.14).

What is left is spread out. Of client credentials, by profile: 13 % is the statement, 10 % making and
signing the token, 17 % writing the answer to the socket, about 20 % the library, through which the call
passes in memory ([0023](decisions/0023-oidc-provider.md)), 5 % garbage collection, and the rest the
HTTP server and its router. The bare servers have neither the library nor a router.`,
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
    why: `An idle process holds 57 MB of mapped files, mostly the program of Node, and 53 MB of its own. A
server of Node that does nothing holds 45 MB and 16 MB. Of the 53 MB, 29 MB are the heap of V8, and of
these 11 MB the source text of 1,000 modules and 7 MB compiled code. The PostgreSQL driver, the OpenID
library and the WebAuthn library are loaded with their first use. Of what is loaded at the start, the
messages of \`zod\` in 61 languages that are not used take 1.2 MB; the package has no entry without them.`,
  },
]
