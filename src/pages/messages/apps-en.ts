/** The texts about apps: consent, connected apps and signing out of an app. */
export const appsEn = {
  apps_page: 'Connected apps',
  apps_title: 'Connected apps',
  apps_lead: 'These apps can act for you. Remove one, and it stops working with your account at once.',
  apps_none: 'No app is connected. Apps that you sign in to with this account appear here.',
  apps_app: 'App',
  apps_access: 'Access',
  apps_since: 'Connected',
  apps_last_used: 'Last used',
  apps_remove: 'Remove',
  apps_remove_one: 'Remove {app}',
  flash_app_disconnected: 'The app is removed and its access has ended.',

  consent_title: 'Allow {app}?',
  consent_lead: '{app} wants to use your account {email}.',
  consent_allows: 'It will be able to:',
  consent_returns: 'You will return to {host}.',
  consent_unknown:
    'The operator of this service has not checked this app. Continue only if you trust {host}.',
  consent_unsure: 'Any program on this device can claim to be this app. Continue only if you started it.',
  consent_allow: 'Allow',
  consent_refuse: 'Cancel',
  scope_openid: 'Know who you are',
  scope_profile: 'See your name and username',
  scope_email: 'See your email address',
  scope_roles: 'See your roles',
  scope_offline_access: 'Go on when you are signed out, until you remove it',

  account_choice_title: 'Choose an account',
  account_choice_lead: '{app} asks which account you want to use.',
  account_choice_keep: 'Continue as {email}',
  other_account: 'Use another account',

  continue_title: 'Continue to the app',
  continue_lead: 'You are being taken back to the app.',
  continue_link: 'Continue',

  host_failed_title: 'The sign-in to {host} did not succeed',
  host_failed_lead: 'You are signed in here, but the app did not recognize your browser. Try again.',
  host_failed_operator:
    'If it happens again, {host} must pass cookies on to the sign-in, and your browser keep them.',
  host_again: 'Try again',
  host_factor_title: 'Two-step verification is required',
  host_factor_lead:
    'This part of {host} is open to accounts with two-step verification only. Set it up first.',
  host_factor_set_up: 'Set it up',

  logout_title: 'Sign out?',
  logout_lead: 'The app asks to sign you out of your account on this device.',
  logout_stay: 'Stay signed in',
} as const
