import { domainToASCII } from 'node:url'
import { isStorable } from '#src/http/text.ts'

/**
 * Returns an email as it is stored and compared: NFC, lower case, the domain in ASCII (RFC 5891). Returns
 * undefined if no mail server would accept it (lengths: RFC 5321 section 4.5.3.1).
 */
export function normalizeEmail(input: string): string | undefined {
  if (!isStorable(input) || input.length > 254) return undefined
  const email = input.trim().normalize('NFC').toLowerCase()
  const at = email.lastIndexOf('@')
  const local = email.slice(0, at)
  const typedDomain = email.slice(at + 1)
  // `domainToASCII` is a URL parser: it would drop what follows a slash and decode percent signs.
  const domain = /^[\p{L}\p{M}\p{N}.-]+$/u.test(typedDomain) ? domainToASCII(typedDomain) : ''
  const isLocal = at > 0 && local.length <= 64 && /^[^\s@<>()[\]\\,;:"\p{C}]+$/u.test(local)
  const isDomain = domain.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
  // URL parsers read 127.1 as an IP address, but in an email an IP address is in brackets.
  const isIpAddress = /(^|\.)[0-9]+$/.test(domain)
  const isShort = local.length + 1 + domain.length <= 254
  return isLocal &&
    !local.startsWith('.') &&
    !local.endsWith('.') &&
    !local.includes('..') &&
    isDomain &&
    !isIpAddress &&
    isShort
    ? `${local}@${domain}`
    : undefined
}
