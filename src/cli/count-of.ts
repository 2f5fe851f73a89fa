/** `1 user`, `2 users`; `0 users` where there is no count. */
export function countOf(count = 0, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
