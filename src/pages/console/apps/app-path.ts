/** The page of an app. The client id of an app with a client document is the URL of that document. */
export function appPath(clientId: string): string {
  return `/admin/apps/${encodeURIComponent(clientId)}`
}
