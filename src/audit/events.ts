/** Every event that the audit log knows, and what it says. The names are stable: programs filter by them. */
export const events = {
  'user.signed_up': 'Somebody created a user for themselves.',
  'user.signed_in': 'A user proved who they are, and a session began.',
  'session.proven': 'A user proved again who they are, as before a sensitive change.',
  'sign_in.limited': 'So many guesses were made under one login that further ones are refused unchecked.',
  'session.ended':
    'A session was ended, by its owner, by an administrator, or because of what happened to it or beside it.',
  'user.logged_out_everywhere': 'Every session of a user was ended and every token of theirs revoked.',
  'refresh_token.reused': 'A refresh token was used twice, as after a theft, and its session was ended.',
  'password.changed': 'A user has another password.',
  'connection.added': 'A user connected an identity of another provider, which signs them in from now on.',
  'connection.removed': 'A user removed the connection to an identity of another provider.',
  'user.evicted':
    'The owner of an email proved it, and an account that had claimed the email unverified lost its credentials.',
  'profile.changed': 'A user has another name, username or email.',
  'user.created': 'An administrator created a user.',
  'user.imported': 'A user came over from another system, perhaps with the hash of their password.',
  'user.disabled': 'A user can no longer sign in, and every token of theirs was revoked.',
  'user.enabled': 'A user who was disabled can sign in again.',
  'user.deleted': 'A user was deleted with all that was stored about them.',
  'role.granted': 'A user was given a role.',
  'role.revoked': 'A role was taken from a user.',
  'role.created': 'A role was created.',
  'role.changed': 'The description of a role was changed.',
  'role.deleted': 'A role that nobody held was deleted.',
  'verifier.added': 'A resource server was given a key to check tokens by itself.',
  'database.backed_up': 'A backup of the whole database was asked for; this line is in it.',
  'database.restored': 'The database came back from a backup: every session ended, every token dead.',
  'database.exported': 'The whole instance was written to a file to go on elsewhere; this line is in it.',
  'database.imported': 'The instance came from another database, and goes on here as it was.',
  'verifier.removed': 'The key of a resource server is refused.',
  'key.rotated': 'A new key was published, which is used when everybody can have seen it.',
  'key.revoked': 'A key that somebody else may have was made worth nothing, and a new one is used.',
  'key.resealed': 'The keys in the database were sealed under another master key.',
} as const satisfies Record<string, string>

export type EventName = keyof typeof events
