export type Table = {
  readonly name: string
  /** What its rows are told apart and read in order by. */
  readonly key: readonly string[]
}

/** All that is in a backup. What a row refers to stands before it. */
export const tables: readonly Table[] = [
  { name: 'users', key: ['id'] },
  { name: 'roles', key: ['name'] },
  { name: 'user_roles', key: ['user_id', 'role'] },
  { name: 'passkeys', key: ['id'] },
  { name: 'sessions', key: ['id'] },
  { name: 'sign_ins', key: ['id'] },
  { name: 'deleted_users', key: ['user_id'] },
  { name: 'revocation_head', key: ['id'] },
  { name: 'revocations', key: ['seq'] },
  { name: 'key_ring', key: ['id'] },
  { name: 'keys', key: ['id'] },
  { name: 'verifiers', key: ['id'] },
  { name: 'audit_head', key: ['id'] },
  { name: 'audit_events', key: ['seq'] },
]

/** What is in none, and why. */
export const leftOut: Readonly<Record<string, string>> = {
  leaseholders: 'The nodes that run now; where the backup comes back, none does.',
  timelines: 'What comes back begins a timeline of its own.',
  limits: 'Attempts of the last minutes.',
  sign_in_attempts: 'Sign-ins of the last minutes that wait for a second factor.',
  webauthn_challenges: 'Challenges of the last minutes, for passkeys.',
  schema_migrations: 'The head of the file names them, and they are applied anew.',
}
