import type { KoaContextWithOIDC } from 'oidc-provider'

type Policies = typeof import('oidc-provider')['interactionPolicy']

/** When a user is asked: as the library has it, and for some apps at each sign-in (`asksAlways`). */
export function interactionPolicyOf({ base, Check }: Policies) {
  const policy = base()
  const asksAgain = ({ oidc }: KoaContextWithOIDC) =>
    oidc.client?.asks_always === true && !oidc.result?.consent
  const description = 'this client requires that the user agrees each time'
  policy.get('consent')?.checks.add(new Check('always_asked', description, 'consent_required', asksAgain))
  return policy
}
