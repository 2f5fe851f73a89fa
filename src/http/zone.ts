const known = new Set(['UTC'])
/** There are about 600 names, so there is no need to remember more. */
const maxKnown = 1000

/** Whether a cookie names a time zone of the IANA database. */
export function isZone(name: string | undefined): name is string {
  if (name === undefined || !/^[A-Za-z][\w+/-]{0,60}$/.test(name)) return false
  if (known.has(name)) return true
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
  } catch {
    return false
  }
  if (known.size < maxKnown) known.add(name)
  return true
}
