import { rules, sights } from '#proofs/rules.ts'
import { large, type Size, small } from '#proofs/sizes.ts'

/** What a run of the model checker must find. */
export type Expected = 'holds' | 'counterexample' | 'seen' | 'always' | 'cycle'

export type Check = {
  /** A file in a folder of `proofs/`. */
  readonly model: 'revocation/nodes' | 'revocation/verifier' | 'revocation/placing' | 'audit/sealer'
  /** The size of the model, in words. */
  readonly size: string
  /** Takes over half a gigabyte, so it runs alone. */
  readonly isLarge: boolean
  readonly flags: readonly string[]
  readonly expected: Expected
  /** The dropped rule, or the required possibility, by its name in the model. */
  readonly name?: string
  /** The same, in words. */
  readonly about: string
}

/** The smallest size of each model as it is, and with one rule dropped: a few seconds together. */
export function firstChecks(): Check[] {
  const sizes = [...new Map(small.toReversed().map((size) => [size.model, size])).values()]
  return sizes.flatMap((size) => checksOf(size).slice(0, 2))
}

/** Everything, the large ones first. */
export function allChecks(): Check[] {
  return [...large, ...small].flatMap(checksOf).sort((a, b) => Number(b.isLarge) - Number(a.isLarge))
}

function checksOf(size: Size): Check[] {
  const { rules: dropped = [], sights: possible = [], always } = size
  const inTheEnd = always
    ? [
        checkOf(size, 'always', always.about, [always.flag]),
        checkOf(size, 'cycle', always.dropped, [always.flag, always.without]),
      ]
    : []
  return [
    checkOf(size, 'holds', 'every rule is kept', []),
    ...dropped.map((name) => ({ ...checkOf(size, 'counterexample', rules[name].dropped, [name]), name })),
    ...possible.map((name) => ({ ...checkOf(size, 'seen', sights[name], [name]), name })),
    ...inTheEnd,
  ]
}

function checkOf(
  { model, size, isLarge = false, flags = [] }: Size,
  expected: Expected,
  about: string,
  more: readonly string[],
): Check {
  // A counterexample is found long before all states have been searched.
  const takesAll = expected === 'holds'
  const all = [...flags, ...more].map((flag) => `-D${flag}`)
  return { model, size, isLarge: isLarge && takesAll, flags: all, expected, about }
}
