/** Signing in with identity providers, and the connections of an account. */
export const upstreamEn = {
  continue_with: 'Continue with {provider}',
  or_with_provider: 'Or use an account you have elsewhere',

  connections: 'Connected accounts',
  connections_lead: 'Accounts elsewhere that sign you in here.',
  connections_none: 'Nothing is connected yet.',
  connections_no_providers: 'This server has no identity providers.',
  connection_provider: 'Provider',
  connection_label: 'Account there',
  connection_linked_at: 'Connected',
  connection_used_at: 'Last used',
  connection_never: 'never',
  connect: 'Connect {provider}',
  disconnect: 'Disconnect',
  disconnect_of: 'Disconnect {provider}, {label}',
  confirm_connection_title: 'Connect {provider}?',
  confirm_connection_lead:
    'The {provider} account {label} will sign you in to this account ({email}). ' +
    'Confirm only if it is yours.',
  confirm_connection: 'Connect',

  flash_link_needed: 'You already have an account with this email. Sign in to it to connect the two.',
  flash_connected: 'The account is connected. You can sign in with it from now on.',
  flash_already_connected: 'This account was connected already.',
  flash_disconnected: 'The account is disconnected.',
} as const
