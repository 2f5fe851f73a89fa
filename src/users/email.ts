import { domainToASCII } from 'node:url'
import { isStorable } from '#src/http/text.ts'

/**
 * An address in the one spelling that is stored and compared: NFC, lower case, the domain in ASCII (RFC
 * 5891). Undefined for what no mail server would take (RFC 5321 section 4.5.3.1 for the lengths).
 */
export function normalizeEmail(given: string): string | undefined {
  if (!isStorable(given) || given.length > 254) return undefined
  const email = given.trim().normalize('NFC').toLowerCase()
  const at = email.lastIndexOf('@')
  const local = email.slice(0, at)
  const domain = domainToASCII(email.slice(at + 1))
  const isLocal = at > 0 && local.length <= 64 && /^[^\s@<>()[\]\\,;:"\p{C}]+$/u.test(local)
  const isDomain = domain.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
  // URL parsers read 127.1 as an address, and an address in a mail stands in brackets.
  const isAddress = /(^|\.)[0-9]+$/.test(domain)
  const isShort = local.length + 1 + domain.length <= 254
  return isLocal &&
    !local.startsWith('.') &&
    !local.endsWith('.') &&
    !local.includes('..') &&
    isDomain &&
    !isAddress &&
    isShort
    ? `${local}@${domain}`
    : undefined
}
