import { callbackUrl } from '#src/credentials/upstream/visit.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { cliCommand, consolePage } from '#src/pages/console/console-page.ts'
import { type Method, methodsContent } from '#src/pages/console/instance/methods-page.ts'
import { textsOf } from '#src/pages/texts.ts'
import { canSendMail, type Settings, shownSettings } from '#src/settings/settings.ts'
import type { World } from '#src/world/world.ts'

export const showMethods = endpoint({
  summary: 'The ways to sign in, with the settings that control them and their sources.',
  responses: { 200: null },
  errors: [],
  handle: (world: World, call) => {
    const texts = textsOf(call)
    const { settings } = world
    const providers = settings.providers.map((one) => ({
      ...one,
      callbackUrl: callbackUrl(settings, one.name),
    }))
    const content = methodsContent(texts, {
      methods: methodsOf(settings),
      settings: shownSettings(settings),
      providers,
    })
    return consolePage(world, call, {
      place: '/admin/sign-in',
      title: texts.get('sign_in_methods'),
      content,
      command: cliCommand('sigil config print\nsigil provider list'),
    })
  },
})

function methodsOf(settings: Settings): Method[] {
  return [
    {
      title: 'password',
      hint: 'method_password_hint',
      isOn: true,
      settings: ['SIGIL_SIGN_UP', 'SIGIL_RATE_LIMITS', 'SIGIL_HASHERS'],
    },
    {
      title: 'passkeys_method',
      hint: 'method_passkeys_hint',
      isOn: true,
      settings: ['SIGIL_PASSKEY_RP_ID', 'SIGIL_PASSKEY_ORIGINS'],
    },
    {
      title: 'totp_method',
      hint: 'method_totp_hint',
      isOn: settings.mfa !== 'off',
      settings: ['SIGIL_MFA', 'SIGIL_MFA_REQUIRED_ROLES'],
    },
    {
      title: 'mail_codes_method',
      hint: 'method_mail_hint',
      isOn: canSendMail(settings),
      settings: ['SIGIL_SMTP_URL', 'SIGIL_MAIL_FROM', 'SIGIL_EMAIL_VERIFICATION', 'SIGIL_DEV_MAIL'],
    },
  ]
}
