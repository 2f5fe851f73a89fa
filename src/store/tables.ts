/** How the value of a secret column is stored. */
type StoredForm =
  /** A password hash, with its own salt and parameters. */
  | 'password_hash'
  /** SHA-256 of a random value that is known only to its owner. */
  | 'sha256'
  /** Encrypted under the master key. */
  | 'sealed'
  /** A MAC under a key of the ring: the value has too little entropy for a plain hash. */
  | 'keyed_mac'
  /** A random value that tokens carry; on its own it gives no access. */
  | 'random_id'

type Subject = {
  /** The column with the id of the user that a row belongs to. */
  readonly column: string
  /** The field of `GET /me/export` that contains the rows, or why they are not exported. */
  readonly exported: { readonly as: string } | { readonly not: string }
  /** Why rows remain after the user is deleted. Without a reason, no row may. */
  readonly keptAfterDeletion?: string
}

export type Table = {
  readonly name: string
  /** The columns that identify a row. Backups read the rows in this order. */
  readonly key: readonly string[]
  /** Columns that are stored only in this form and that no response, page or export contains. */
  readonly secrets?: Readonly<Record<string, StoredForm>>
  readonly subject?: Subject
  /** Why backups do not contain the table. Without a reason, they do. */
  readonly notInBackups?: string
}

/**
 * Every table of the database. A table comes after the tables that it references. Tests compare the list with
 * the schema, so that backups, `GET /me/export`, account deletion and the search for secrets stored in the
 * clear cannot miss a table.
 */
export const tables: readonly Table[] = [
  {
    name: 'users',
    key: ['id'],
    secrets: { password_hash: 'password_hash', signature: 'random_id' },
    subject: { column: 'id', exported: { as: 'user' } },
  },
  { name: 'roles', key: ['name'] },
  { name: 'user_roles', key: ['user_id', 'role'], subject: { column: 'user_id', exported: { as: 'user' } } },
  {
    name: 'passkeys',
    key: ['id'],
    subject: { column: 'user_id', exported: { as: 'passkeys' } },
  },
  {
    name: 'totp_secrets',
    key: ['user_id'],
    secrets: { sealed: 'sealed' },
    subject: { column: 'user_id', exported: { as: 'factors' } },
  },
  {
    name: 'recovery_codes',
    key: ['user_id', 'code_hash'],
    secrets: { code_hash: 'sha256' },
    subject: { column: 'user_id', exported: { as: 'factors' } },
  },
  {
    name: 'trusted_devices',
    key: ['id'],
    secrets: { token_hash: 'sha256', signature: 'random_id' },
    subject: { column: 'user_id', exported: { as: 'trusted_devices' } },
  },
  {
    name: 'sessions',
    key: ['id'],
    secrets: { handle_hash: 'sha256', page_hash: 'sha256', previous_page_hash: 'sha256' },
    subject: { column: 'user_id', exported: { as: 'sessions' } },
  },
  { name: 'sign_ins', key: ['id'], subject: { column: 'user_id', exported: { as: 'history' } } },
  {
    name: 'upstream_identities',
    key: ['id'],
    subject: { column: 'user_id', exported: { as: 'connections' } },
  },
  {
    name: 'deleted_users',
    key: ['user_id'],
    subject: {
      column: 'user_id',
      exported: { not: 'It contains the ids of deleted users.' },
      keptAfterDeletion: 'The cleaner deletes what is left of the user, and then the row.',
    },
  },
  { name: 'revocation_head', key: ['id'] },
  { name: 'revocations', key: ['seq'] },
  { name: 'key_ring', key: ['id'] },
  { name: 'keys', key: ['id'], secrets: { sealed: 'sealed' } },
  { name: 'apis', key: ['id'] },
  { name: 'verifiers', key: ['id'], secrets: { key_hash: 'sha256', previous_hash: 'sha256' } },
  { name: 'apps', key: ['client_id'] },
  { name: 'app_apis', key: ['client_id', 'api_id'] },
  { name: 'proxy_sites', key: ['client_id'] },
  { name: 'app_hosts', key: ['host'] },
  { name: 'app_secrets', key: ['secret_hash'], secrets: { secret_hash: 'sha256' } },
  { name: 'registration_tokens', key: ['token_hash'], secrets: { token_hash: 'sha256' } },
  { name: 'subject_salts', key: ['id'], secrets: { sealed: 'sealed' } },
  {
    name: 'grants',
    key: ['id'],
    secrets: { handle_hash: 'sha256' },
    subject: { column: 'user_id', exported: { not: '`GET /me/apps` lists the connected apps.' } },
  },
  {
    name: 'consents',
    key: ['user_id', 'client_id'],
    subject: { column: 'user_id', exported: { not: '`GET /me/apps` lists the connected apps.' } },
  },
  { name: 'instance', key: ['id'] },
  {
    name: 'user_keys',
    key: ['user_id'],
    secrets: { sealed: 'sealed' },
    subject: {
      column: 'user_id',
      exported: { not: 'It is the key of the personal details in the audit log.' },
    },
  },
  {
    name: 'audit_events',
    key: ['at', 'id'],
    subject: {
      column: 'target_id',
      exported: { as: 'audit_events' },
      keptAfterDeletion: 'Every event is part of the hash chain. For a deleted user it keeps only the id.',
    },
  },
  { name: 'audit_segments', key: ['seq'] },
  { name: 'audit_head', key: ['id'] },
  { name: 'outbox_readers', key: ['name'] },
  { name: 'outbox_deliveries', key: ['id'], secrets: { payload: 'sealed' } },
  {
    name: 'audit_sealer',
    key: ['id'],
    notInBackups: 'It contains the lease of the node that is sealing the audit log.',
  },
  {
    name: 'scheduled_backups',
    key: ['id'],
    notInBackups: 'It records when the next backup of this database is due.',
  },
  { name: 'leaseholders', key: ['id'], notInBackups: 'It lists the running nodes.' },
  { name: 'timelines', key: ['id'], notInBackups: 'A restored database begins a new timeline.' },
  {
    name: 'sign_in_attempts',
    key: ['id'],
    secrets: { token_hash: 'sha256', signature: 'random_id', new_password: 'sealed' },
    subject: {
      column: 'user_id',
      exported: { not: 'It lists sign-ins of the last minutes that are not complete.' },
    },
    notInBackups: 'It lists sign-ins of the last minutes that are not complete.',
  },
  {
    name: 'webauthn_challenges',
    key: ['challenge_hash'],
    secrets: { challenge_hash: 'sha256' },
    notInBackups: 'It lists challenges of the last minutes.',
  },
  {
    name: 'email_codes',
    key: ['id'],
    secrets: { link_hash: 'sha256', code_mac: 'keyed_mac', browser_hash: 'sha256' },
    subject: {
      column: 'user_id',
      exported: { not: 'It holds codes of the last days that were sent by mail.' },
    },
    notInBackups: 'It holds codes of the last days that were sent by mail.',
  },
  {
    name: 'upstream_states',
    key: ['id'],
    secrets: { state_hash: 'sha256', browser_hash: 'sha256' },
    subject: {
      column: 'user_id',
      exported: { not: 'It lists visits to identity providers in the last minutes.' },
    },
    notInBackups: 'It lists visits to identity providers in the last minutes.',
  },
  {
    name: 'upstream_links',
    key: ['id'],
    secrets: { token_hash: 'sha256' },
    subject: {
      column: 'user_id',
      exported: { not: 'It lists connections of the last minutes that are not confirmed.' },
    },
    notInBackups: 'It lists connections of the last minutes that are not confirmed.',
  },
  {
    name: 'setup_links',
    key: ['token_hash'],
    secrets: { token_hash: 'sha256' },
    notInBackups: 'It holds the link of the last hour that creates the first administrator.',
  },
  {
    name: 'oidc_records',
    key: ['id'],
    secrets: { payload: 'sealed' },
    notInBackups: 'It holds authorization codes and requests of the last minutes.',
  },
  {
    name: 'logout_notices',
    key: ['grant_id'],
    subject: {
      column: 'user_id',
      exported: { not: '`GET /me/apps` lists the connected apps.' },
      keptAfterDeletion: 'The row is deleted once the app has been notified that the user is signed out.',
    },
    notInBackups: 'A restore ends the sessions that it belongs to.',
  },
  {
    name: 'device_codes',
    key: ['id'],
    secrets: { user_code_hash: 'sha256' },
    subject: { column: 'user_id', exported: { not: 'It holds sign-ins of the last minutes.' } },
    notInBackups: 'It holds sign-ins of devices of the last minutes.',
  },
  {
    name: 'site_codes',
    key: ['code_hash'],
    secrets: { code_hash: 'sha256', browser_hash: 'sha256' },
    subject: {
      column: 'user_id',
      exported: { not: 'It contains codes of the last minute with which users return to apps.' },
    },
    notInBackups: 'It contains codes of the last minute with which users return to apps.',
  },
  { name: 'limits', key: ['bucket'], notInBackups: 'It counts the attempts of the last minutes.' },
  { name: 'schema_migrations', key: ['id'], notInBackups: 'The head of the file names the migrations.' },
]

/** The tables that a backup contains. */
export const tablesInBackups = tables.filter(({ notInBackups }) => notInBackups === undefined)
