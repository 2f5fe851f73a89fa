import { test } from 'node:test'
import { onSqlite } from '#test/support/engines.ts'
import type { TestServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

/** A module of a conformance suite: its name, what it is about, and what it does. */
export type ConformanceModule<P> = readonly [name: string, idea: string, run: (party: P) => Promise<void>]

type Plan<P> = {
  readonly modules: readonly ConformanceModule<P>[]
  /** How each party begins that every module is run with. The first module that runs starts it. */
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
