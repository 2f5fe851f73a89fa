const known = new Map([['UTC', 'UTC']])
/** About 600 names exist, so more entries are not needed. */
const maxKnown = 1000

/**
 * The time zone of the IANA database that a cookie names, in its one canonical spelling: in any case of its
 * letters, a name would fill what is kept by zone. Undefined for anything else.
 */
export function zoneIn(name: string | undefined): string | undefined {
  if (name === undefined || !/^[A-Za-z][\w+/-]{0,60}$/.test(name)) return undefined
  const zone = known.get(name) ?? canonical(name)
  if (zone !== undefined && known.size < maxKnown) known.set(name, zone)
  return zone
}

function canonical(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}
