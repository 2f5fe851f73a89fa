/** How often somebody with an app does what, beside the rest. */
export type Habits = Readonly<Record<keyof typeof restlessWithApps, number>>

export const restlessWithApps = {
  connect: 16,
  refresh: 26,
  replay: 5,
  revoke: 8,
  disconnect: 5,
  signOut: 6,
  logOutAll: 4,
  disable: 2,
  removeApp: 3,
}

/** Ends nothing: so there are always tokens of apps that are certainly good. */
export const quietWithApps: Habits = {
  ...{ connect: 1, refresh: 10, replay: 0, revoke: 0, disconnect: 0 },
  ...{ signOut: 0, logOutAll: 0, disable: 0, removeApp: 0 },
}
