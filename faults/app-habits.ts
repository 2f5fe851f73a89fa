/** The relative frequency of each action of a user with apps. */
export type Habits = Readonly<Record<keyof typeof restlessWithApps, number>>

/** `visit`: the host of an app behind a proxy. `exchange`: by a machine, for the token of an app. */
export const restlessWithApps = {
  connect: 10,
  visit: 14,
  refresh: 20,
  exchange: 16,
  replay: 4,
  revoke: 10,
  disconnect: 5,
  signOut: 3,
  logOutAll: 2,
  disable: 1,
  deleteUser: 1,
  disableApp: 3,
  removeApp: 3,
  removeMachine: 5,
}

/** Ends nothing, so that there are always tokens of apps that are certainly valid. */
export const quietWithApps: Habits = {
  ...{ connect: 1, visit: 3, refresh: 10, exchange: 4, replay: 0, revoke: 0, disconnect: 0 },
  ...{ signOut: 0, logOutAll: 0, disable: 0, deleteUser: 0, disableApp: 0, removeApp: 0, removeMachine: 0 },
}
