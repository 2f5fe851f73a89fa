/** Every event of the audit log, with its description. The names are stable: programs filter by them. */
export const events = {
  'user.signed_up': 'A person signed up.',
  'user.signed_in': 'A user signed in, and a session began.',
  'session.proven': 'A user proved again who they are, as before a sensitive change.',
  'sign_in.limited': 'A login reached its limit of guesses; further ones are rejected without a check.',
  'session.ended':
    'A session was ended by its owner, an administrator or a resource server, or for the given reason.',
  'user.logged_out_everywhere': 'Every session of a user was ended, and every token revoked.',
  'refresh_token.reused':
    'A refresh token was used twice, which can mean that it was stolen; its session was ended.',
  'factor.added': 'A user set up a second factor, such as an authenticator app.',
  'factor.removed': 'A second factor was removed, by its user or by an administrator.',
  'recovery_codes.created': 'A user replaced the recovery codes: the earlier ones stop working.',
  'recovery_code.used': 'A recovery code was used in place of another second factor.',
  'device.trusted': 'A user chose not to be asked for a second factor on a device for 30 days.',
  'device.forgotten': 'A device is asked for a second factor again.',
  'password.changed': 'The password of a user was changed.',
  'profile.changed': 'The name, username or email of a user was changed.',
  'user.created': 'An administrator created a user.',
  'user.imported': 'A user was imported from another system.',
  'user.disabled': 'A user was disabled: they cannot sign in, and every token was revoked.',
  'user.enabled': 'A disabled user was enabled again.',
  'user.deleted': 'A user was deleted with everything that was stored about them.',
  'role.granted': 'A role was granted to a user.',
  'role.revoked': 'A role was revoked from a user.',
  'role.created': 'A role was created.',
  'role.changed': 'The description of a role was changed.',
  'role.deleted': 'A role was deleted.',
  'verifier.added': 'A verifier key was issued to a resource server.',
  'database.backed_up': 'A backup of the database was made. It contains this event.',
  'database.restored':
    'The database was restored from a backup: every session was ended, and every token revoked.',
  'database.exported':
    'The instance was exported to a file, which contains this event, and can only be used elsewhere.',
  'database.imported': 'The instance was imported from a file that another database was exported to.',
  'verifier.removed': 'The verifier key of a resource server was revoked.',
  'key.rotated': 'A new key was published. It is used once every verifier can know it.',
  'key.revoked': 'A key was revoked, because somebody else may have it, and replaced.',
  'key.resealed': 'The keys in the database were sealed under another master key.',
} as const satisfies Record<string, string>

export type EventName = keyof typeof events
