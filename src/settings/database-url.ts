/** Undefined: the driver's default. A path that begins with `/` is the folder of a Unix socket. */
export type DatabaseServer = { readonly host: string | undefined; readonly port: number | undefined }

/** Where a PostgreSQL is and how to connect to it, as its URL describes it. */
export type DatabaseTarget = {
  /** Tried in turn until one accepts writes. */
  readonly servers: readonly [DatabaseServer, ...DatabaseServer[]]
  /** Whether a server that only reads, such as a standby, is passed over. */
  readonly needsWritable: boolean
  readonly user: string | undefined
  readonly password: string | undefined
  readonly database: string | undefined
  /** All parameters after the `?`, by name. */
  readonly parameters: ReadonlyMap<string, string>
}

export type ReadTarget =
  | { readonly kind: 'ok'; readonly target: DatabaseTarget }
  /** The problem follows the name of the setting, and never contains a part of the password. */
  | { readonly kind: 'problem'; readonly problem: string }

const flag = ['true', 'false', '1', '0']

/** Every parameter that takes effect, with its values; without a list it takes any text. */
const known: Readonly<Record<string, readonly string[] | undefined>> = {
  host: undefined,
  port: undefined,
  user: undefined,
  password: undefined,
  dbname: undefined,
  sslmode: ['disable', 'no-verify', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'],
  ssl: flag,
  sslrootcert: undefined,
  sslcert: undefined,
  sslkey: undefined,
  uselibpqcompat: ['true', 'false'],
  channel_binding: ['disable', 'prefer', 'require'],
  application_name: undefined,
  options: undefined,
  client_encoding: ['UTF8', 'utf8', 'UTF-8', 'utf-8', 'auto'],
  target_session_attrs: ['any', 'read-write', 'primary'],
}

const knownByAll = Object.keys(known).filter((name) => name !== 'password')

/** Parses the URL of a PostgreSQL in the forms that libpq documents. */
export function readDatabaseUrl(text: string): ReadTarget {
  const [, rest] = /^postgres(?:ql)?:\/\/(.*)$/s.exec(text) ?? []
  if (rest === undefined) return problem(noUrl)
  const end = rest.search(/[/?#]/)
  const authority = end < 0 ? rest : rest.slice(0, end)
  const tail = end < 0 ? '' : rest.slice(end)
  if (hasRawCharacter(tail)) return problem(rawCharacter)
  const [path = '', search = ''] = splitOnce(tail, '?')
  const parameters = new Map(new URLSearchParams(search))
  const wrong = wrongParameter(parameters)
  if (wrong !== undefined) return problem(wrong)
  const at = authority.lastIndexOf('@')
  const [user, password] = splitOnce(authority.slice(0, Math.max(at, 0)), ':')
  const servers = serversOf(parameters.get('host') ?? authority.slice(at + 1), parameters.get('port'))
  if (servers === undefined) return problem(badHost)
  const attributes = parameters.get('target_session_attrs') ?? 'any'
  if (servers.length > 1 && attributes === 'any' && parameters.has('target_session_attrs'))
    return problem(anyServer)
  const target = {
    servers,
    needsWritable: servers.length > 1 || attributes !== 'any',
    user: parameters.get('user') ?? named(user),
    password: parameters.get('password') ?? named(password),
    database: parameters.get('dbname') ?? named(path.slice(1)),
    parameters,
  }
  return { kind: 'ok', target }
}

/** The target of a URL that was read before. */
export function databaseTarget(text: string): DatabaseTarget {
  const read = readDatabaseUrl(text)
  if (read.kind === 'problem') throw new Error(`The database URL ${read.problem}`)
  return read.target
}

const noUrl =
  'must be a URL that begins with postgres:// or postgresql://, ' +
  'such as postgres://USER:PASSWORD@HOST:5432/DATABASE.'
const rawCharacter =
  'has a `#`, `/` or `?` in its password or after its host, where it ends that part of the URL. ' +
  'Percent-encode it in the password: `#` is %23, `/` is %2F, `?` is %3F.'
const anyServer =
  'has several hosts and target_session_attrs=any, but Sigil needs the server that accepts writes. ' +
  'Use target_session_attrs=read-write, or leave it out.'
const badHost =
  'has no valid host and port after its `@`, as in postgres://USER:PASSWORD@HOST:5432/DATABASE. ' +
  'If the password contains `@`, `:`, `/`, `?` or `#`, percent-encode them (%40, %3A, %2F, %3F, %23).'

/**
 * Whether the text after the host may still be part of a password. Such text is never quoted: an `@` in it is
 * harmless only in the value of a parameter (user=me@server), and a fragment has no meaning.
 */
function hasRawCharacter(tail: string): boolean {
  if (tail.includes('#')) return true
  const [path = '', search = ''] = splitOnce(tail, '?')
  if (path.includes('@') || path.slice(1).includes('/')) return true
  return search.includes('@') && [...new URLSearchParams(search).keys()].some((name) => !(name in known))
}

function wrongParameter(parameters: ReadonlyMap<string, string>): string | undefined {
  for (const [name, value] of parameters) {
    if (name === 'schema' || name === 'currentSchema' || name === 'search_path') {
      return `has the parameter ${name}, which PostgreSQL does not know. Use options=-csearch_path%3DNAME.`
    }
    const values = known[name]
    if (!(name in known)) {
      const shown = /^\w{1,40}$/.test(name) ? name : 'with an unusual name'
      return `has the unknown parameter ${shown}. Remove it; supported are ${knownByAll.join(', ')}.`
    }
    if (values && !values.includes(value)) {
      return `has ${name}=${JSON.stringify(value.slice(0, 40))}, but ${name} is one of: ${values.join(', ')}.`
    }
  }
  return undefined
}

/** As in libpq: several hosts have one port for all, or one each. */
function serversOf(
  hosts: string,
  parameter: string | undefined,
): [DatabaseServer, ...DatabaseServer[]] | undefined {
  const texts = hosts.split(',')
  const ports = parameter?.split(',')
  if (ports && ports.length > 1 && ports.length !== texts.length) return undefined
  // An empty entry would silently mean this machine.
  if (texts.length > 1 && texts.includes('')) return undefined
  const servers = texts.map((text, index) => serverOf(text, ports?.[index] ?? ports?.[0]))
  const [first, ...others] = servers.filter((server) => server !== undefined)
  return first && 1 + others.length === texts.length ? [first, ...others] : undefined
}

function serverOf(text: string, givenPort: string | undefined): DatabaseServer | undefined {
  const isSocket = text.startsWith('/')
  const split = isSocket ? ['', text] : /^(\[[\da-fA-F:.]+\]|[^:[\]]*)(?::(\d{1,5})?)?$/.exec(text)
  if (!split) return undefined
  const host = named((split[1] ?? '').replace(/^\[|\]$/g, ''))
  const port = givenPort ?? (isSocket ? undefined : split[2])
  if (port !== undefined && port !== '' && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535))
    return undefined
  if (host !== undefined && /[\s?#@]/.test(host)) return undefined
  return { host, port: port ? Number(port) : undefined }
}

/** Undefined for an empty text. A `%` that begins no escape stands for itself. */
function named(text: string | undefined): string | undefined {
  if (!text) return undefined
  const escaped = text.replace(/%(?![\da-fA-F]{2})/g, '%25')
  try {
    return decodeURIComponent(escaped)
  } catch {
    // Escaped bytes that are not UTF-8.
    return text
  }
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function problem(text: string): ReadTarget {
  return { kind: 'problem', problem: text }
}
