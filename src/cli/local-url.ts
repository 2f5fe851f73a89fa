/** The URL of a server for clients on the same machine; `0.0.0.0` includes the loopback address. */
export function localUrl({ host, port }: { host: string; port: number }): string {
  const near = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host)
  return `http://${near}:${port}`
}
