// Prints the matrix of the conformance workflow, as JSON on one line, for the files that a change touches.
//   git diff --name-only BASE HEAD | node scripts/run.mjs plan
//   node scripts/run.mjs plan --all
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { rowsFor } from './engines.ts'

const { values } = parseArgs({ options: { all: { type: 'boolean', default: false } } })
const changed = values.all ? undefined : (await text(process.stdin)).split('\n').filter(Boolean)
process.stdout.write(`${JSON.stringify({ include: rowsFor(changed) })}\n`)
