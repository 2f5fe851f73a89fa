/** The error of a command for scripts: a stable code, and the name of its exit code. */
export type CommandFailure = {
  readonly code: string
  readonly exit: 'failed' | 'configuration' | 'notFound' | 'conflict'
}

/**
 * An error whose message is for the operator: what happened, then what to do, one sentence or several lines.
 * Commands print the message without a stack.
 */
export type OperatorError = Error & { readonly commandFailure: CommandFailure }

export function isOperatorError(error: unknown): error is OperatorError {
  return error instanceof Error && 'commandFailure' in error
}
