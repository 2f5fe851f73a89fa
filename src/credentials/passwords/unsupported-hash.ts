/** Formats that cannot be imported, because they are broken or because no library here checks them. */
const formats: readonly (readonly [form: RegExp, name: string])[] = [
  [/^!/, 'an unusable password of Django or of /etc/shadow: leave password_hash out for this user'],
  [/^\$1\$|^md5_crypt|^\$apr1\$/, 'an MD5-crypt hash'],
  [/^\$5\$/, 'a SHA-256-crypt hash'],
  [/^\$(?:y|gy|7)\$/, 'a yescrypt hash'],
  [/^\$[PH]\$/, 'a phpass hash, of an old WordPress or phpBB'],
  [/^\$wp\$/, 'a WordPress bcrypt hash of a prehashed password'],
  [/^\$S\$/, 'a Drupal 7 hash'],
  [/^md5\$/, 'an MD5 hash of Django'],
  [/^sha1\$/, 'a SHA-1 hash of Django'],
  [/^\{\w+\}/, 'an LDAP hash'],
  [/^\$bcrypt-sha256\$/, 'a bcrypt_sha256 hash of passlib'],
  [/^[0-9a-f]{32}$/i, 'a plain MD5 hash'],
  [/^[0-9a-f]{40}$/i, 'a plain SHA-1 hash'],
  [/^[0-9a-f]{64}$/i, 'a plain SHA-256 hash'],
  [/^[0-9a-f]{128}$/i, 'a plain SHA-512 hash'],
  [/^[./0-9A-Za-z]{13}$/, 'a DES-crypt hash'],
]

/** The format of a hash that cannot be imported, as the end of the sentence "it is ...". */
export function unsupportedFormat(text: string): string | undefined {
  return formats.find(([form]) => form.test(text))?.[1]
}
