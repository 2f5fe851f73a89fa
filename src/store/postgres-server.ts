import type { FailureCode } from '#src/platform/operator-error.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** The limits of a PostgreSQL server for this role. */
export type PostgresLimits = {
  readonly role: string
  readonly encoding: string
  readonly database: string
  /** The maximum number of connections of the role, of the database and of the server. */
  readonly ofRole: number | undefined
  readonly ofDatabase: number | undefined
  readonly ofServer: number
}

/** One for statements, two for the lease, one for notifications. */
export const minConnections = 4

/** Text in another encoding cannot store every name, and fails long after the start. */
export class NotUtf8 extends Error {
  override name = 'NotUtf8'

  constructor({ database, encoding }: Pick<PostgresLimits, 'database' | 'encoding'>) {
    super(
      `The database ${database} has the encoding ${encoding}, but Sigil needs UTF8.\n` +
        `Create another one: create database NAME encoding 'UTF8' locale 'C' template template0;`,
    )
  }

  get failureCode(): FailureCode {
    return 'database_encoding'
  }
}

/** With fewer connections a server would start, but fail as soon as two people sign in. */
export class TooFewConnections extends Error {
  override name = 'TooFewConnections'

  constructor({ role, database, ofRole, ofDatabase }: PostgresLimits, max: number) {
    const needed = `but each Sigil server needs at least ${minConnections}.`
    if (ofRole !== max && ofDatabase !== max) {
      super(`PostgreSQL allows ${max} connections, ${needed}\nRaise max_connections in postgresql.conf.`)
      return
    }
    const [owner, name] = ofRole === max ? ['role', role] : ['database', database]
    super(
      `The ${owner} ${name} allows ${max} connections, ${needed}\n` +
        `Allow more: alter ${owner} ${name} connection limit 13;`,
    )
  }

  get failureCode(): FailureCode {
    return 'database_connections'
  }
}

/** Reads the limits of an open connection. */
export async function readLimits(query: Query): Promise<PostgresLimits> {
  const [row] = await query(sql`select r.rolname as role, d.datname as database,
      pg_encoding_to_char(d.encoding) as encoding,
      case when r.rolsuper then -1 else r.rolconnlimit end as of_role,
      d.datconnlimit as of_database,
      cast(current_setting('max_connections') as integer)
        - cast(current_setting('superuser_reserved_connections') as integer) as of_server
    from pg_roles r, pg_database d
    where r.rolname = current_user and d.datname = current_database()`)
  if (!row) throw new Error('PostgreSQL does not list the current role or database')
  return {
    role: String(row.role),
    encoding: String(row.encoding),
    database: String(row.database),
    ofRole: limit(row.of_role),
    ofDatabase: limit(row.of_database),
    ofServer: Number(row.of_server),
  }
}

/** The number of connections that PostgreSQL allows. The limit of a role does not apply to superusers. */
export function maxConnections({ ofRole, ofDatabase, ofServer }: PostgresLimits): number {
  return Math.min(ofRole ?? Infinity, ofDatabase ?? Infinity, ofServer)
}

/** PostgreSQL stores -1 for none. */
function limit(value: unknown): number | undefined {
  return Number(value) < 0 ? undefined : Number(value)
}
