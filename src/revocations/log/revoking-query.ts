import type { Query } from '#src/store/db.ts'

declare const brand: unique symbol

/**
 * The query of a transaction that may revoke. Only `commitRevoking` and `commitPerhapsRevoking` hand one out,
 * so a change that ends someone's rights cannot be committed without waiting for its propagation.
 */
export type RevokingQuery = Query & { readonly [brand]: true }
