/** One guard that keeps a promise, taken out; and the test that then must fail. */
export type Mutation = {
  /** The heading in docs/operating/security.md. */
  readonly promise: string
  /** What holds no more, in the words of that page. */
  readonly without: string
  readonly file: string
  /** In the file exactly once. */
  readonly from: string
  readonly to: string
  readonly caughtBy: Catcher
}

export type Catcher = {
  readonly file: string
  /** The name of the test, or how it begins. */
  readonly name: string
  /** Where it is run on one engine after the other. */
  readonly on?: 'sqlite' | 'postgres'
}

export function sqlite(file: string, name: string): Catcher {
  return { file: `test/${file}.test.ts`, name, on: 'sqlite' }
}

export function postgres(file: string, name: string): Catcher {
  return { file: `test/${file}.test.ts`, name, on: 'postgres' }
}

export function alone(file: string, name: string): Catcher {
  return { file: `test/${file}.test.ts`, name }
}
