import { BlockList, isIP } from 'node:net'
import { plainAddress } from '#src/platform/addresses.ts'

/** The ranges of the IANA special-purpose registries (RFC 6890) that no public server has. */
const special = new BlockList()
const specialRanges: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]
for (const [network, bits] of specialRanges)
  special.addSubnet(network, bits, isIP(network) === 4 ? 'ipv4' : 'ipv6')

/** The one block of IPv6 that addresses of the public internet come from (RFC 4291 section 2.4). */
const global = new BlockList()
global.addSubnet('2000::', 3, 'ipv6')

/** Whether an IP address belongs to the public internet, and not to this machine or a private network. */
export function isPublicAddress(text: string): boolean {
  const address = plainAddress(text)
  if (address === undefined) return false
  if (isIP(address) === 4) return !special.check(address, 'ipv4')
  return global.check(address, 'ipv6') && !special.check(address, 'ipv6')
}
