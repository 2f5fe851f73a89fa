import type { z } from 'zod'
import type { MasterKey } from '#src/keys/master-key.ts'
import type { Clock } from '#src/platform/clock.ts'
import type { Environment } from '#src/settings/settings.ts'
import type { Db } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/**
 * What a script can decide by. Nothing else is ever returned, but 130 and 143 where a second signal cut it
 * short.
 */
export const exits = { ok: 0, failed: 1, usage: 2, configuration: 3, notFound: 4, conflict: 5 } as const

export type Exit = (typeof exits)[keyof typeof exits]

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** What a command has to say: lines for people, one document for programs, and how it ended. */
export type Output = { readonly exit: Exit; readonly lines: readonly string[]; readonly json: Json }

export type Flag =
  | { readonly kind: 'switch'; readonly summary: string }
  /** Where `value` is FILE, what was given is handed over as a whole path. */
  | { readonly kind: 'text'; readonly value: string; readonly required: boolean; readonly summary: string }
  /**
   * Reads a secret from the standard input: other users of the machine can see what stands in the arguments.
   */
  | { readonly kind: 'stdin'; readonly key: string; readonly required: boolean; readonly summary: string }

/** What was typed, by name: operands and texts are strings, a switch that was given is true. */
export type Given = Readonly<Record<string, string | true>>

type About = {
  /** One word, or a group and a verb: `user disable`. */
  readonly name: string
  readonly summary: string
  /** Words that must follow, in order. Each is handed over under its name; `file` as a whole path. */
  readonly operands: readonly string[]
  readonly flags: Readonly<Record<string, Flag>>
}

export type Context = {
  readonly env: Environment
  readonly commands: readonly Command[]
  /** True where the answer is for a program. */
  readonly isJson: boolean
}

/** Runs in this process, whatever else runs. */
export type LocalCommand = About & {
  readonly needs: 'nothing'
  readonly run: (given: Given, context: Context) => Promise<Output>
}

/** The database with nobody else at it, and nothing opened on it yet. */
export type Alone = Pick<World, 'db' | 'clock' | 'random'> & {
  /** The key for what this database holds; made where it holds nothing and none was given. */
  readonly masterKeyFor: (db: Db) => Promise<MasterKey>
}

export type Store = { readonly db: Db; readonly clock: Clock }

/** What needs the database: it runs where the database is open. */
type Served<Needs, Outside> = About & {
  readonly needs: Needs
  /** Reads what was typed; the server that runs it reads it once more. */
  readonly input: z.ZodType
  readonly run: (outside: Outside, input: unknown) => Promise<Output>
}

/** Runs inside the server that has this data folder, or in this process when there is none. */
export type WorldCommand = Served<'world', World>

/** The same, but it takes the database as it is, without migrating it. PostgreSQL is always opened anew. */
export type StoreCommand = Served<'store', Store>

/** Never runs in a server: it takes the database that a server would have. */
export type AloneCommand = Served<'alone', Alone>

export type ServedCommand = WorldCommand | StoreCommand | AloneCommand

export type Command = LocalCommand | ServedCommand

type Typed<Outside, Input> = About & {
  readonly input: z.ZodType<Input>
  readonly run: (outside: Outside, input: Input) => Promise<Output>
}

/**
 * Ties the type of the input to what runs; the casts are sound because the input is parsed before it is run.
 */
export function worldCommand<Input>(described: Typed<World, Input>): WorldCommand {
  return { needs: 'world', ...described } as unknown as WorldCommand
}

export function storeCommand<Input>(described: Typed<Store, Input>): StoreCommand {
  return { needs: 'store', ...described } as unknown as StoreCommand
}

export function aloneCommand<Input>(described: Typed<Alone, Input>): AloneCommand {
  return { needs: 'alone', ...described } as unknown as AloneCommand
}

export function told(lines: readonly string[], json: Json): Output {
  return { exit: exits.ok, lines, json }
}

/** A no. The first line says what happened and what to do; the rest is detail. */
export function failure(exit: Exit, code: string, lines: readonly string[]): Output {
  return { exit, lines, json: { error: { code, message: lines.join('\n') } } }
}
