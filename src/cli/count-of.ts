/** `1 user`, `2 users`, and `0 users` where nothing was counted. */
export function countOf(count = 0, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
