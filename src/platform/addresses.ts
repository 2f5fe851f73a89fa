import { BlockList, isIP } from 'node:net'

/** A set of IP addresses and ranges, as the operator wrote them. */
export type Cidrs = { readonly texts: readonly string[]; readonly list: BlockList }

export const noCidrs: Cidrs = { texts: [], list: new BlockList() }

/**
 * The address of the client. Forwarded addresses are read from right to left, each trusted only if the
 * previous hop is a trusted proxy: everything left of the first untrusted address could be forged. An
 * unreadable hop ends the search.
 */
export function clientAddress(peer: string, forwardedFor: string | undefined, trusted: Cidrs): string {
  const plainPeer = plainAddress(peer)
  if (plainPeer === undefined) return peer
  let address = plainPeer
  for (const hop of (forwardedFor ?? '').split(',').reverse()) {
    if (!inCidrs(address, trusted)) return address
    const next = plainAddress(withoutPort(hop.trim()))
    if (next === undefined) return address
    address = next
  }
  return address
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether it is an address of this machine. A proxy on this machine forwards requests from here, too. */
export function isLoopback(address: string): boolean {
  return inCidrs(address, { texts: [], list: loopback })
}

export type ParsedCidrs = { kind: 'ok'; cidrs: Cidrs } | { kind: 'not_a_range'; entry: string }

export function parseCidrs(entries: readonly string[]): ParsedCidrs {
  const list = new BlockList()
  for (const entry of entries) {
    const range = rangeOf(entry)
    if (range === undefined) return { kind: 'not_a_range', entry }
    list.addSubnet(range.address, range.bits, familyOf(range.address))
  }
  return { kind: 'ok', cidrs: { texts: [...entries], list } }
}

export function inCidrs(address: string, cidrs: Cidrs): boolean {
  const plain = plainAddress(address)
  return plain !== undefined && cidrs.list.check(plain, familyOf(plain))
}

/** Whether a range covers every address of its family. */
export function coversEverything(entry: string): boolean {
  return rangeOf(entry)?.bits === 0
}

/** The key of rate limits: the address itself, or the IPv6 /64 network, which one household has. */
export function bucketOf(address: string): string {
  return networksOf(address).at(-1) ?? address
}

/**
 * The networks of an address that one attacker may control entirely, widest first: for IPv6 /48 (a cheap
 * server), /56 (a home connection) and /64.
 */
export function networksOf(address: string): string[] {
  const plain = plainAddress(address)
  if (plain === undefined || isIP(plain) === 4) return [plain ?? address]
  const groups = groupsOf(plain)
  return [48, 56, 64].map((bits) => {
    const kept = groups.slice(0, 4).map((group, at) => group & maskOf(bits - at * 16))
    return `${kept.map((group) => group.toString(16)).join(':')}::/${bits}`
  })
}

/** The mask of one 16-bit group, with this many bits kept. */
function maskOf(bits: number): number {
  return bits >= 16 ? 0xffff : bits <= 0 ? 0 : (0xffff << (16 - bits)) & 0xffff
}

/**
 * The canonical form: IPv4 mapped into IPv6 becomes IPv4, zones are dropped, IPv6 is shortened (RFC 5952).
 */
export function plainAddress(text: string): string | undefined {
  const [address = ''] = text.split('%')
  const family = isIP(address)
  if (family === 0) return undefined
  if (family === 4) return address
  return mappedIPv4(groupsOf(address)) ?? new URL(`http://[${address}]`).hostname.slice(1, -1)
}

function rangeOf(entry: string): { address: string; bits: number } | undefined {
  const [written = '', bitsText, ...rest] = entry.split('/')
  if (rest.length > 0 || written.includes('%') || isIP(written) === 0) return undefined
  const maxBits = isIP(written) === 4 ? 32 : 128
  if (bitsText !== undefined && !/^\d{1,3}$/.test(bitsText)) return undefined
  const bits = bitsText === undefined ? maxBits : Number(bitsText)
  if (bits > maxBits) return undefined
  const address = plainAddress(written)
  if (address === undefined) return undefined
  const isMapped = maxBits === 128 && isIP(address) === 4
  if (!isMapped) return { address, bits }
  // A range wider than ::ffff:0:0/96 would include IPv4 addresses in a form that is never used here.
  return bits < 96 ? undefined : { address, bits: bits - 96 }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6'
}

/** Some proxies append the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(hop)
  if (bracketed?.[1] !== undefined) return bracketed[1]
  const [address, port, ...rest] = hop.split(':')
  const isIPv4WithPort =
    address !== undefined && port !== undefined && rest.length === 0 && /^\d{1,5}$/.test(port)
  return isIPv4WithPort ? address : hop
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.replace(/[\d.]+\.\d+$/, asTwoGroups).split('::')
  const before = numbersOf(head)
  const after = numbersOf(tail ?? '')
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0)
  return [...before, ...zeros, ...after]
}

function numbersOf(groups: string): number[] {
  return groups === '' ? [] : groups.split(':').map((group) => Number.parseInt(group, 16))
}

function asTwoGroups(dotted: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number)
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}

function mappedIPv4(groups: readonly number[]): string | undefined {
  const [high = 0, low = 0] = groups.slice(6)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  return isMapped ? [high >> 8, high & 255, low >> 8, low & 255].join('.') : undefined
}
