import { providers } from '#src/settings/providers.ts'
import * as read from '#src/settings/readers.ts'

/** The settings of identity providers, and of calls to them. */
export const providerRows = {
  providers: {
    read: providers.optional(),
    default: undefined,
    secret: true,
    isDocument: true,
    description: 'Identity providers that users may sign in with, as JSON: docs/guides/providers.md.',
    example: '{"google":{"preset":"google","client_id":"ID","client_secret_file":"/run/secrets/google"}}',
  },
  outgoingAllow: {
    read: read.cidrs,
    default: '',
    secret: false,
    description:
      'Private IP addresses or ranges that the server may call, such as an internal identity provider.',
    example: '10.0.0.0/8',
  },
} as const
