import { test } from 'node:test'
import { onSqlite } from '#test/support/engines.ts'
import type { TestServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

/** A module of a conformance suite: its name, its idea, and its requests. */
export type ConformanceModule<P> = readonly [name: string, idea: string, run: (party: P) => Promise<void>]

type Plan<P> = {
  readonly modules: readonly ConformanceModule<P>[]
  /** Every module runs with each of these parties, which are created for the first module that runs. */
  readonly parties: readonly ((server: TestServer) => Promise<P>)[]
}

/** Registers a suite with a test for each module of a plan. */
export function testPlan<P>(name: string, { modules, parties }: Plan<P>): void {
  onSqlite(name, (engine) => {
    const server = serverForSuite(engine)
    const started = new Map<number, P>()
    for (const [module, idea, run] of modules) {
      test(`${module}: ${idea}`, async () => {
        for (const [at, start] of parties.entries()) {
          const party = started.get(at) ?? (await start(server()))
          started.set(at, party)
          await run(party)
        }
      })
    }
  })
}
