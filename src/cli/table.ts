import type { Command } from '#src/cli/command.ts'
import { adminCreate } from '#src/cli/commands/admin-create.ts'
import { apiCommands } from '#src/cli/commands/apis.ts'
import { appCommands } from '#src/cli/commands/apps.ts'
import { appsFileCommands } from '#src/cli/commands/apps-file.ts'
import { auditCommands } from '#src/cli/commands/audit.ts'
import { backupCommand, restoreCommand } from '#src/cli/commands/backup.ts'
import { completionCommand } from '#src/cli/commands/completion.ts'
import { configCommands } from '#src/cli/commands/config.ts'
import { doctor } from '#src/cli/commands/doctor.ts'
import { healthcheckCommand } from '#src/cli/commands/healthcheck.ts'
import { helpCommand } from '#src/cli/commands/help.ts'
import { importUsersCommand } from '#src/cli/commands/import-users.ts'
import { keyCommands } from '#src/cli/commands/keys.ts'
import { mailTest } from '#src/cli/commands/mail.ts'
import { migrateCommand } from '#src/cli/commands/migrate.ts'
import { exportCommand, importCommand } from '#src/cli/commands/move.ts'
import { nodesCommand } from '#src/cli/commands/nodes.ts'
import { openCommand } from '#src/cli/commands/open.ts'
import { providerCommands } from '#src/cli/commands/providers.ts'
import { roleCommands } from '#src/cli/commands/roles.ts'
import { sessionCommands } from '#src/cli/commands/session.ts'
import { dev, startCommand } from '#src/cli/commands/start.ts'
import { userCommands } from '#src/cli/commands/users.ts'
import { verifierCommands } from '#src/cli/commands/verifiers.ts'
import { versionCommand } from '#src/cli/commands/version.ts'

/** Every command, in the order of `sigil help`. A new command is a row here and a file in commands/. */
export const commands: readonly Command[] = [
  startCommand,
  dev,
  migrateCommand,
  openCommand,
  adminCreate,
  ...userCommands,
  ...sessionCommands,
  importUsersCommand,
  ...roleCommands,
  ...appCommands,
  ...apiCommands,
  ...appsFileCommands,
  ...verifierCommands,
  ...providerCommands,
  nodesCommand,
  ...keyCommands,
  ...auditCommands,
  backupCommand,
  restoreCommand,
  exportCommand,
  importCommand,
  mailTest,
  ...configCommands,
  doctor,
  healthcheckCommand,
  completionCommand,
  versionCommand,
  helpCommand,
]
