// The same tests as in simulation.test.ts, with more histories.
process.env.SIGIL_TEST_SEEDS ??= '2000'
await import('#test/simulation/simulation.test.ts')
