import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { getCACertificates } from 'node:tls'
import type { ClientConfig } from 'pg'
import type { FailureCode } from '#src/platform/operator-error.ts'
import { databaseTarget } from '#src/settings/database-url.ts'

type Tls = Exclude<ClientConfig['ssl'], undefined>

/** A file that the database URL names cannot be used. */
class UnusableTlsFile extends Error {
  override name = 'UnusableTlsFile'

  constructor(parameter: string, file: string, { why, ...options }: ErrorOptions & { why: string }) {
    super(
      `SIGIL_DATABASE_URL has ${parameter}=${file}, and that file ${why}.\n` +
        'Correct the path or the file, and let this user read it.',
      options,
    )
  }

  get failureCode(): FailureCode {
    return 'database_tls_file'
  }
}

/** `sslmode=verify-ca` with public authorities would accept the certificate of anyone. */
class MissingRootCertificate extends Error {
  override name = 'MissingRootCertificate'

  constructor() {
    super(
      'SIGIL_DATABASE_URL has sslmode=verify-ca without sslrootcert.\n' +
        'Add sslrootcert=FILE with the certificate of the authority, or use sslmode=verify-full.',
    )
  }

  get failureCode(): FailureCode {
    return 'database_tls_file'
  }
}

/**
 * The settings of a connection to the PostgreSQL at this URL: where it names several servers, to the one
 * whose turn it is. Reads the files that it names.
 */
export function postgresConfig(url: string, applicationName: string, turn = 0): ClientConfig {
  const { servers, user, password, database, parameters } = databaseTarget(url)
  const { host, port } = servers[turn % servers.length] ?? servers[0]
  const tls = tlsOf(parameters)
  const options = parameters.get('options')
  return {
    application_name: parameters.get('application_name') ?? applicationName,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
    ...(options === undefined ? {} : { options }),
    ...(tls === undefined ? {} : { ssl: tls }),
    ...(parameters.get('channel_binding') === 'require' ? { enableChannelBinding: true } : {}),
  }
}

/**
 * Every `sslmode` but `disable` and `no-verify` encrypts and verifies the certificate and its name: unlike
 * libpq, `allow`, `prefer` and `require` never fall back to less. With `uselibpqcompat` they are as in libpq.
 */
function tlsOf(parameters: ReadonlyMap<string, string>): Tls | undefined {
  const mode = parameters.get('sslmode')
  const ssl = parameters.get('ssl')
  const files = {
    ...fileOf(parameters, 'sslrootcert', 'ca'),
    ...fileOf(parameters, 'sslcert', 'cert'),
    ...fileOf(parameters, 'sslkey', 'key'),
  }
  if (mode === 'disable' || ssl === 'false' || ssl === '0') return false
  if (mode === undefined && ssl === undefined && Object.keys(files).length === 0) return undefined
  if (mode === 'no-verify') return { ...files, rejectUnauthorized: false }
  if (parameters.get('uselibpqcompat') === 'true') return asInLibpq(mode, files)
  return files
}

function asInLibpq(mode: string | undefined, files: { ca?: string | string[] }): Tls {
  const verifiesCa = mode === 'verify-ca' || (mode === 'require' && files.ca !== undefined)
  if (verifiesCa && files.ca === undefined) throw new MissingRootCertificate()
  if (verifiesCa) return { ...files, checkServerIdentity: () => undefined }
  return mode === 'verify-full' ? files : { ...files, rejectUnauthorized: false }
}

function fileOf(
  parameters: ReadonlyMap<string, string>,
  parameter: string,
  option: 'ca' | 'cert' | 'key',
): { [option: string]: string | string[] } {
  const file = parameters.get(parameter)
  if (file === undefined) return {}
  // As in libpq: the authorities that this machine trusts.
  if (parameter === 'sslrootcert' && file === 'system') return { ca: getCACertificates('system') }
  const text = textOf(parameter, file)
  try {
    if (option === 'key') createPrivateKey(text)
    else new X509Certificate(text)
  } catch (error) {
    const why = option === 'key' ? 'is not a private key without a passphrase' : 'is not a certificate in PEM'
    throw new UnusableTlsFile(parameter, file, { why, cause: error })
  }
  return { [option]: text }
}

function textOf(parameter: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new UnusableTlsFile(parameter, file, { why: `cannot be read (${code})`, cause: error })
  }
}
