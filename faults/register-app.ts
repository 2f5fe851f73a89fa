import { callback, type FaultsApp } from '#faults/app-browser.ts'
import { api } from '#faults/cluster.ts'
import type { Scene } from '#faults/scene.ts'
import type { Chance } from '#test/crash/chance.ts'

/** An app of a user, one behind a proxy at a host of its own, and a machine that acts for users. */
export type AppKind = 'web' | 'site' | 'machine'

let registered = 0

/** Registers an app as an administrator. Undefined if that was not confirmed. */
export async function registerFaultsApp(
  scene: Scene,
  chance: Chance,
  kind: AppKind,
): Promise<FaultsApp | undefined> {
  const host = `wiki-${++registered}.example.org`
  const apis = [{ name: api.name }]
  const fields = {
    web: { kind, name: 'Notes', redirect_uris: [callback], apis },
    site: { kind: 'proxy', name: 'Wiki', hosts: [host] },
    machine: { kind, name: 'Orders', apis, token_exchange: true },
  }[kind]
  const answer = await scene.callAsAdmin(chance, 'POST', '/api/v1/apps', fields)
  const app = answer?.body.app as { client_id: string } | undefined
  if (!app) return undefined
  return { id: app.client_id, secret: String(answer?.body.client_secret), ...(kind === 'site' && { host }) }
}
