import * as brand from '#src/settings/brand-readers.ts'
import * as read from '#src/settings/readers.ts'
import type { SettingRow } from '#src/settings/setting-row.ts'

/** How pages look. */
export const pageRows = {
  brandName: {
    read: brand.brandName,
    default: 'Sigil',
    secret: false,
    description: 'Name of the service in emails and in the titles of pages.',
    example: 'Example',
  },
  brandLogo: {
    read: brand.picture.optional(),
    default: undefined,
    secret: false,
    description: 'Path of the logo at the top of every page: an SVG, PNG or WebP file of at most 200 KiB.',
    example: '/etc/sigil/logo.svg',
  },
  brandColor: {
    read: brand.accentColor.optional(),
    default: undefined,
    secret: false,
    description:
      'Color of buttons and links on pages and in emails. White text on it must have a contrast of at ' +
      'least 4.5.',
    example: '#1d4ed8',
  },
  privacyUrl: {
    read: brand.webAddress.optional(),
    default: undefined,
    secret: false,
    description: 'Privacy policy, linked at the bottom of every page.',
    example: 'https://example.org/privacy',
  },
  termsUrl: {
    read: brand.webAddress.optional(),
    default: undefined,
    secret: false,
    description: 'Terms of use, linked at the bottom of every page.',
    example: 'https://example.org/terms',
  },
  helpUrl: {
    read: brand.webAddress.optional(),
    default: undefined,
    secret: false,
    description: 'Help page for users, linked at the bottom of every page.',
    example: 'https://example.org/help',
  },
  supportContact: {
    read: read.contact.optional(),
    default: undefined,
    secret: false,
    description: 'Contact for users who cannot sign in. Shown in emails and on pages.',
    example: 'support@example.org',
  },
} satisfies Record<string, SettingRow>
