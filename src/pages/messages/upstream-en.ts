/** Signing in with identity providers, and the connections of an account. */
export const upstreamEn = {
  continue_with: 'Continue with {provider}',

  connections: 'Connected accounts',
  connections_lead: 'Accounts at other services that sign you in here.',
  connections_manage: 'Manage connections',
  connections_none: 'No accounts are connected yet.',
  connections_no_providers: 'This server has no identity providers.',
  connection_linked_at: 'connected',
  connection_used_at: 'last used',
  connection_never: 'never used',
  connect: 'Connect {provider}',
  disconnect: 'Disconnect',
  disconnect_of: 'Disconnect {provider}, {label}',
  confirm_connection_title: 'Connect {provider}?',
  confirm_connection_lead:
    'The {provider} account {label} will sign you in to this account ({email}). ' +
    'Confirm only if it is yours.',
  confirm_connection: 'Connect',

  flash_link_needed: 'You already have an account with this email. Sign in to it to connect the two.',
  flash_connected: 'The account was connected. You can now sign in with it.',
  flash_already_connected: 'This account was already connected.',
  flash_disconnected: 'The account was disconnected.',
} as const
