import type { z } from 'zod'
import type { MasterKey } from '#src/keys/master-key.ts'
import type { Clock } from '#src/platform/clock.ts'
import { type FailureCode, failureExits } from '#src/platform/operator-error.ts'
import type { Environment } from '#src/settings/settings.ts'
import type { Db } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/** The exit codes. The only others are 130 and 143, after a second signal. */
export const exits = { ok: 0, failed: 1, usage: 2, configuration: 3, notFound: 4, conflict: 5 } as const

export type Exit = (typeof exits)[keyof typeof exits]

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** The result of a command: lines for people, one JSON document for programs, and the exit code. */
export type Output = { readonly exit: Exit; readonly lines: readonly string[]; readonly json: Json }

export type Flag =
  | { readonly kind: 'switch'; readonly summary: string }
  /** Where `value` is FILE, the command receives an absolute path. */
  | { readonly kind: 'text'; readonly value: string; readonly required: boolean; readonly summary: string }
  /** May be repeated; the command receives an array. */
  | { readonly kind: 'list'; readonly value: string; readonly required: boolean; readonly summary: string }
  /** Reads a secret from standard input: other users of the machine can see the arguments. */
  | { readonly kind: 'stdin'; readonly key: string; readonly required: boolean; readonly summary: string }

/** Operands and flags by name: a string, true for a switch, or an array for a list. */
export type Arguments = Readonly<Record<string, string | true | readonly string[]>>

/** What `help`, completion and the reader of arguments need of a command. */
export type Description = {
  /** One word, or a group and a verb: `user disable`. */
  readonly name: string
  readonly summary: string
  /** The required words, in order. The command receives each under its name; `file` as an absolute path. */
  readonly operands: readonly string[]
  /** The values of the last operand, where it has only a few. */
  readonly choices?: readonly string[]
  readonly flags: Readonly<Record<string, Flag>>
}

export type Context = {
  readonly env: Environment
  /** Loads every command. */
  readonly commands: () => Promise<readonly Command[]>
  /** True with `--json`. */
  readonly isJson: boolean
}

/** Runs in this process and needs no database. */
export type LocalCommand = Description & {
  readonly needs: 'nothing'
  readonly run: (args: Arguments, context: Context) => Promise<Output>
}

/** A database that no server uses, with nothing opened on it yet. */
export type Alone = Pick<World, 'db' | 'clock' | 'random'> & {
  /** The master key of a database; created where the database has no keys and none is set. */
  readonly masterKeyFor: (db: Db) => Promise<MasterKey>
}

export type Store = { readonly db: Db; readonly clock: Clock }

/** Shows the progress of a long command, replacing the previous report. */
export type Report = (progress: string) => void

/**
 * What a command may create where no server runs. Those that read or change existing data create nothing, and
 * fail where there is no database: with wrong settings they would seem to succeed on an empty one.
 */
export type Creates = 'database' | 'nothing'

/** A command that needs the database, and runs where it is open. */
type Served<Needs, Outside> = Description & {
  readonly needs: Needs
  readonly creates: Creates | ((input: unknown) => Creates)
  /** Validates the input; a server that runs the command validates it again. */
  readonly input: z.ZodType
  readonly run: (outside: Outside, input: unknown, report?: Report) => Promise<Output>
}

/** Runs inside the server that has this data folder, or in this process where no server runs. */
export type WorldCommand = Served<'world', World>

/** Takes the database without migrating it. With PostgreSQL it always runs in this process. */
export type StoreCommand = Served<'store', Store>

/** Never runs inside a server: it opens the database itself. */
export type AloneCommand = Served<'alone', Alone>

export type ServedCommand = WorldCommand | StoreCommand | AloneCommand

export type Command = LocalCommand | ServedCommand

type Typed<Outside, Input> = Description & {
  readonly creates: Creates | ((input: Input) => Creates)
  readonly input: z.ZodType<Input>
  readonly run: (outside: Outside, input: Input, report: Report) => Promise<Output>
}

/** Ties the type of the input to `run`. The casts are sound: the input is parsed before `run` is called. */
export function worldCommand<Input>(described: Typed<World, Input>): WorldCommand {
  return { needs: 'world', ...described } as unknown as WorldCommand
}

export function storeCommand<Input>(described: Typed<Store, Input>): StoreCommand {
  return { needs: 'store', ...described } as unknown as StoreCommand
}

export function aloneCommand<Input>(described: Typed<Alone, Input>): AloneCommand {
  return { needs: 'alone', ...described } as unknown as AloneCommand
}

export function success(lines: readonly string[], json: Json): Output {
  return { exit: exits.ok, lines, json }
}

/** The first line describes what happened and what to do; the others are details. */
export function failure(code: FailureCode, lines: readonly string[]): Output {
  return failureWith(exits[failureExits[code]], code, lines)
}

/** For the error codes of the API, whose exit codes `failures.ts` determines. */
export function failureWith(exit: Exit, code: string, lines: readonly string[]): Output {
  return { exit, lines, json: { error: { code, message: lines.join('\n') } } }
}
