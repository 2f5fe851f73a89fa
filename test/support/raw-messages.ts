import fc from 'fast-check'

/** Mostly messages that a parser accepts, so that they reach the server; sometimes invalid ones. */
const rarely = <T>(odd: fc.Arbitrary<T>, usual: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: usual, weight: 9 }, { arbitrary: odd, weight: 1 })

const methods = rarely(
  fc.constantFrom('get', 'PROPFIND', 'SPEND', '', 'G ET'),
  fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'),
)

const anyByte = (from: number, to: number, maxLength: number) =>
  fc.array(fc.integer({ min: from, max: to }), { maxLength }).map((codes) => String.fromCharCode(...codes))

const paths = rarely(
  anyByte(0, 255, 40).map((bytes) => `/${bytes}`),
  fc.oneof(
    fc.constantFrom(
      ...[
        '/api/v1/me',
        '/api/v1/auth/verify',
        '/healthz',
        '/',
        '/sign-in',
        '/ext_authz/x',
        '/oauth/introspect',
      ],
      ...['/api/v1/users/../me', '/%2e%2e/', '//', '/api/v1/me?%', '/api/v1/auth/verify?role=%ff&role='],
      ...['/api/v1/me/sessions/%00', '/docs/errors/%ud800', '/assets/..%2f..%2fpackage.json', '*', '\\'],
      ...[
        'http://evil.example/api/v1/me',
        '/api/v1/users?limit=1e9&cursor=%00',
        '/sign-in?next=//evil.example',
      ],
    ),
    // Everything that a request line may contain, including non-ASCII bytes.
    anyByte(0x21, 0xff, 40).map((bytes) => `/${bytes}`),
  ),
)

const names = [
  ...['Cookie', 'Authorization', 'Content-Type', 'Origin', 'Sec-Fetch-Site', 'Accept', 'Accept-Language'],
  ...['X-Forwarded-For', 'X-Forwarded-Host', 'User-Agent', 'Prefer', 'Range', 'If-None-Match', 'Via', 'TE'],
]

const headers = fc.array(
  rarely(
    fc.oneof(
      fc.constantFrom(
        'Transfer-Encoding: chunked',
        'Content-Length: 5',
        'Host: ',
        'Expect: x',
        'Upgrade: h2c',
      ),
      anyByte(0, 255, 60),
    ),
    fc.oneof(
      fc.constantFrom(
        ...[
          'Cookie: =;=',
          'Cookie: access_token=a; access_token=b',
          'Cookie: session="',
          'Authorization: Bearer',
        ],
        ...['Authorization: Bearer a.b.c', 'Authorization: Basic Og==', 'Content-Type: application/json'],
        ...['Origin: null', 'Sec-Fetch-Site: cross-site', 'Accept: text/html', 'X-HTTP-Method-Override: PUT'],
      ),
      fc
        .tuple(fc.constantFrom(...names), anyByte(0x20, 0xff, 60))
        .map(([name, value]) => `${name}: ${value}`),
    ),
  ),
  { maxLength: 5 },
)

/** Something like HTTP, sometimes truncated or corrupted. */
export const rawMessages: fc.Arbitrary<Buffer> = fc
  .record({
    method: methods,
    path: paths,
    headers,
    body: fc.oneof(fc.constant(new Uint8Array()), fc.uint8Array({ maxLength: 60 })),
    cut: rarely<number | undefined>(fc.nat({ max: 120 }), fc.constant(undefined)),
  })
  .map(({ method, path, headers, body, cut }) => {
    const lines = ['Host: localhost', 'Connection: close', ...headers]
    if (body.length > 0) lines.push(`Content-Length: ${body.length}`)
    const head = `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
    const whole = Buffer.concat([Buffer.from(head, 'latin1'), body])
    return cut === undefined ? whole : whole.subarray(0, cut)
  })
