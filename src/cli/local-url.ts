/** Where a server listens, as seen from this machine; `0.0.0.0` is everywhere, and so here too. */
export function localUrl({ host, port }: { host: string; port: number }): string {
  const near = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host)
  return `http://${near}:${port}`
}
