#!/usr/bin/env node
// The command of the package @sigil/server. Written for any version of Node, so that an old one can report itself.
'use strict'

var minimum = 24
var version = process.versions.node

if (Number(version.split('.')[0]) < minimum) {
  console.error('Sigil needs Node ' + minimum + ' or newer, but this is Node ' + version + '.')
  console.error('Install Node ' + minimum + ' from https://nodejs.org and try again.')
  process.exitCode = 1
} else {
  if (process.argv.length < 3) {
    process.argv.push('dev')
    // As `make run` does in a checkout. The environment takes precedence.
    if (require('fs').existsSync('.env')) process.loadEnvFile('.env')
  }
  import('../dist/main.js')
}
