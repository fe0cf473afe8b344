#!/usr/bin/env node
import { main } from './cli/main.ts'

const code = await main(
  process.argv.slice(2),
  { resolve: (path) => path, defaults: [], required: [], report: undefined },
  process,
)
// A backend that hangs keeps sockets open, and they must not keep the command.
process.stdout.write('', () => process.exit(code))
