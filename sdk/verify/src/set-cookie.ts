/** A `Set-Cookie` header (RFC 6265). `Lax`, because users return from Sigil by a cross-site redirect. */
export function cookie(
  name: string,
  value: string,
  { isSecure, seconds }: { isSecure: boolean; seconds: number },
): string {
  const secure = isSecure ? '; Secure' : ''
  return `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`
}
