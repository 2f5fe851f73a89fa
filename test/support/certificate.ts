import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Certificate = { readonly key: Buffer; readonly cert: Buffer; readonly certFile: string }

/** A self-signed certificate for localhost, valid for two days. Needs the program `openssl`. */
export function selfSigned(folder: string): Certificate {
  const [key, cert] = [join(folder, 'tls.key'), join(folder, 'tls.cert')]
  const words =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost'
  const name = 'subjectAltName=DNS:localhost'
  const made = spawnSync('openssl', [...words.split(' '), '-addext', name, '-keyout', key, '-out', cert], {
    encoding: 'utf8',
  })
  assert.equal(made.status, 0, made.stderr)
  return { key: readFileSync(key), cert: readFileSync(cert), certFile: cert }
}
