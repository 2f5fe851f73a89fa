import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** The part of the response of `/options` endpoints that an authenticator reads. */
type Options = {
  readonly challenge: string
  readonly rp?: { readonly id: string }
  readonly rpId?: string
  readonly user?: { readonly id: string }
}

/** The deviations of a hostile client or authenticator. */
export type Twist = {
  readonly origin?: string
  readonly rpId?: string
  readonly type?: string
  readonly challenge?: string
  readonly crossOrigin?: boolean
  readonly flags?: number
  readonly counter?: number
  readonly id?: string
  readonly userHandle?: string | undefined
  readonly key?: KeyObject
  readonly attestation?: Buffer
}

export const flag = { present: 0x01, verified: 0x04, backupEligible: 0x08, backedUp: 0x10, attested: 0x40 }

const usual = flag.present | flag.verified

/** A software passkey for one origin. It is honest except for the deviations of a test. */
export type Authenticator = {
  readonly id: string
  readonly key: KeyObject
  counter: number
  create(options: Options, twist?: Twist): Record<string, unknown>
  get(options: Options, twist?: Twist): Record<string, unknown>
}

export function newAuthenticator(
  origin: string,
  { id = base64url(randomBytes(16)), aaguid = '00000000-0000-0000-0000-000000000000' } = {},
): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let userHandle: string | undefined
  const authenticator: Authenticator = {
    id,
    key: privateKey,
    counter: 0,
    create(options, twist = {}) {
      userHandle = options.user?.id
      const credentialId = Buffer.from(twist.id ?? id, 'base64url')
      const data = Buffer.concat([
        authenticatorData(twist.rpId ?? options.rp?.id ?? '', {
          flags: (twist.flags ?? usual) | flag.attested,
          counter: twist.counter ?? authenticator.counter,
        }),
        Buffer.from(aaguid.replaceAll('-', ''), 'hex'),
        uint16(credentialId.length),
        credentialId,
        coseKeyOf(publicKey),
      ])
      return {
        ...credentialOf(twist.id ?? id),
        response: {
          clientDataJSON: clientData(options, { type: 'webauthn.create', origin, ...twist }),
          attestationObject: base64url(twist.attestation ?? attestationObject(data)),
          transports: ['internal', 'hybrid', 'something new'],
        },
      }
    },
    get(options, twist = {}) {
      const data = authenticatorData(twist.rpId ?? options.rpId ?? '', {
        flags: twist.flags ?? usual,
        counter: twist.counter ?? authenticator.counter,
      })
      const clientDataJSON = clientData(options, { type: 'webauthn.get', origin, ...twist })
      const signed = Buffer.concat([data, sha256(Buffer.from(clientDataJSON, 'base64url'))])
      return {
        ...credentialOf(twist.id ?? id),
        response: {
          clientDataJSON,
          authenticatorData: base64url(data),
          signature: base64url(sign('sha256', signed, twist.key ?? privateKey)),
          ...('userHandle' in twist ? { userHandle: twist.userHandle } : { userHandle }),
        },
      }
    },
  }
  return authenticator
}

function credentialOf(id: string) {
  return {
    id,
    rawId: id,
    type: 'public-key',
    clientExtensionResults: {},
    authenticatorAttachment: 'platform',
  }
}

function clientData(options: Options, twist: Twist): string {
  const { type, origin, crossOrigin = false, challenge = options.challenge } = twist
  return base64url(Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin })))
}

function authenticatorData(rpId: string, { flags, counter }: { flags: number; counter: number }): Buffer {
  const tail = Buffer.alloc(5)
  tail.writeUInt8(flags)
  tail.writeUInt32BE(counter, 1)
  return Buffer.concat([sha256(Buffer.from(rpId)), tail])
}

/** RFC 9053 section 7.1.1, in CBOR: `{1: 2, 3: -7, -1: 1, -2: x, -3: y}`. */
function coseKeyOf(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const bytes = (text: string) => Buffer.concat([Buffer.from([0x58, 32]), Buffer.from(text, 'base64url')])
  const head = Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21])
  return Buffer.concat([head, bytes(x), Buffer.from([0x22]), bytes(y)])
}

/** `{"fmt": "none", "attStmt": {}, "authData": data}` in CBOR. */
function attestationObject(data: Buffer): Buffer {
  const text = (value: string) => Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)])
  return Buffer.concat([
    Buffer.from([0xa3]),
    text('fmt'),
    text('none'),
    text('attStmt'),
    Buffer.from([0xa0]),
    text('authData'),
    Buffer.from([0x59]),
    uint16(data.length),
    data,
  ])
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function base64url(bytes: Buffer): string {
  return bytes.toString('base64url')
}
