/** The relative frequency of each action of a user with an app. */
export type Habits = Readonly<Record<keyof typeof restlessWithApps, number>>

export const restlessWithApps = {
  connect: 10,
  refresh: 30,
  replay: 4,
  revoke: 8,
  disconnect: 5,
  signOut: 3,
  logOutAll: 2,
  disable: 1,
  removeApp: 3,
}

/** Ends nothing, so that there are always tokens of apps that are certainly valid. */
export const quietWithApps: Habits = {
  ...{ connect: 1, refresh: 10, replay: 0, revoke: 0, disconnect: 0 },
  ...{ signOut: 0, logOutAll: 0, disable: 0, removeApp: 0 },
}
