import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  bucketOf,
  type Cidrs,
  clientAddress,
  coversEverything,
  inCidrs,
  noCidrs,
  parseCidrs,
  plainAddress,
} from '#src/platform/addresses.ts'

const proxies = cidrs('10.0.0.0/8', '2001:db8:aaaa::/48')

function cidrs(...entries: string[]): Cidrs {
  const parsed = parseCidrs(entries)
  assert.equal(parsed.kind, 'ok')
  return parsed.kind === 'ok' ? parsed.cidrs : noCidrs
}

test('the client address from a trusted proxy is trusted', () => {
  assert.equal(clientAddress('10.0.0.1', '203.0.113.7', proxies), '203.0.113.7')
})

test('the client address from an untrusted peer is ignored', () => {
  assert.equal(clientAddress('198.51.100.9', '203.0.113.7', proxies), '198.51.100.9')
  assert.equal(clientAddress('198.51.100.9', '203.0.113.7', noCidrs), '198.51.100.9')
})

test('the client is the nearest untrusted hop, regardless of hops further left', () => {
  assert.equal(clientAddress('10.0.0.1', '1.1.1.1, 203.0.113.7, 10.0.0.2', proxies), '203.0.113.7')
})

test('an untrusted hop ends the search even if there is a trusted address left of it', () => {
  assert.equal(clientAddress('10.0.0.1', '8.8.8.8, 10.9.9.9, 203.0.113.7', proxies), '203.0.113.7')
})

test('the client is the peer if nothing was forwarded', () => {
  assert.equal(clientAddress('10.0.0.1', undefined, proxies), '10.0.0.1')
  assert.equal(clientAddress('10.0.0.1', '', proxies), '10.0.0.1')
})

test('the client is the leftmost hop if every hop is trusted', () => {
  assert.equal(clientAddress('10.0.0.1', '10.0.0.3, 10.0.0.2', proxies), '10.0.0.3')
})

test('an unreadable hop ends the search at the last trusted one', () => {
  for (const garbage of [
    'unknown',
    '_hidden',
    '010.0.0.1',
    '1.2.3',
    '::gg',
    '<script>',
    '1.2.3.4:x',
    ' ',
    '256.1.1.1',
  ]) {
    assert.equal(clientAddress('10.0.0.1', `203.0.113.7, ${garbage}, 10.0.0.2`, proxies), '10.0.0.2', garbage)
  }
})

test('hops may have a port or brackets', () => {
  assert.equal(clientAddress('10.0.0.1', '203.0.113.7:4711', proxies), '203.0.113.7')
  assert.equal(clientAddress('10.0.0.1', '[2001:db8::7]:4711', proxies), '2001:db8::7')
  assert.equal(clientAddress('10.0.0.1', '[2001:db8::7]', proxies), '2001:db8::7')
})

test('an IPv4 proxy is recognized in its IPv6-mapped form', () => {
  assert.equal(clientAddress('::ffff:10.0.0.1', '203.0.113.7', proxies), '203.0.113.7')
  assert.equal(clientAddress('::ffff:c633:6409', '203.0.113.7', proxies), '198.51.100.9')
})

test('a peer that is not an address, for example of a closed socket, is returned unchanged', () => {
  assert.equal(clientAddress('', '203.0.113.7', proxies), '')
})

test('the client address is always valid, and for an untrusted peer it is the peer', () => {
  const hop = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())
  fc.assert(
    fc.property(fc.ipV4(), fc.array(hop, { maxLength: 6 }), (peer, hops) => {
      const named = clientAddress(peer, hops.join(', '), proxies)
      if (!inCidrs(peer, proxies)) assert.equal(named, peer)
      assert.notEqual(plainAddress(named), undefined)
    }),
  )
})

test('a list contains addresses and ranges of both families', () => {
  const list = cidrs('192.0.2.1', '10.0.0.0/8', '2001:db8::/32', '::ffff:172.16.0.0/108')
  for (const inside of ['192.0.2.1', '10.255.0.1', '2001:db8:ffff::1', '::ffff:10.0.0.1', '172.31.0.1']) {
    assert.ok(inCidrs(inside, list), inside)
  }
})

test('a list contains nothing beyond its ranges', () => {
  const list = cidrs('192.0.2.1', '10.0.0.0/8', '2001:db8::/32')
  for (const outside of ['192.0.2.2', '11.0.0.1', '2001:db9::1', '::a00:1', 'localhost', '']) {
    assert.ok(!inCidrs(outside, list), outside)
  }
})

test('an invalid range is reported with its entry', () => {
  for (const entry of [
    '10.0.0.0/33',
    '::/129',
    'proxy',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '',
    '::ffff:0:0/64',
  ]) {
    assert.deepEqual(parseCidrs(['192.0.2.1', entry]), { kind: 'not_a_range', entry })
  }
})

test('a range that covers everything is recognized', () => {
  assert.ok(coversEverything('0.0.0.0/0'))
  assert.ok(coversEverything('::/0'))
  assert.ok(coversEverything('::ffff:0.0.0.0/96'))
  assert.ok(!coversEverything('10.0.0.0/8'))
  assert.ok(!coversEverything('nonsense'))
})

test('addresses of one IPv6 /64 share a bucket', () => {
  assert.equal(bucketOf('2001:db8:1:2::1'), '2001:db8:1:2::/64')
  assert.equal(bucketOf('2001:db8:1:2:ffff:ffff:ffff:ffff'), bucketOf('2001:0DB8:0001:0002::1'))
  assert.equal(bucketOf('fe80::1%eth0'), bucketOf('fe80::2'))
})

test('other networks and every IPv4 address have their own buckets', () => {
  assert.notEqual(bucketOf('2001:db8:1:2::1'), bucketOf('2001:db8:1:3::1'))
  assert.notEqual(bucketOf('192.0.2.1'), bucketOf('192.0.2.2'))
  assert.notEqual(bucketOf('::ffff:192.0.2.1'), bucketOf('::ffff:192.0.2.2'))
})

test('every address has one canonical form', () => {
  assert.equal(plainAddress('::ffff:192.0.2.1'), '192.0.2.1')
  assert.equal(plainAddress('::FFFF:C000:0201'), '192.0.2.1')
  assert.equal(plainAddress('2001:0db8:0:0:0:0:0:1'), '2001:db8::1')
  assert.equal(plainAddress('64:ff9b::192.0.2.1'), '64:ff9b::c000:201')
  assert.equal(plainAddress('localhost'), undefined)
})
