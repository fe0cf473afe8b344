// Prints `N passed, N failed, N skipped` of a JSON report of vitest, as one line. Fails when no test ran, or when a
// file broke before its tests, which counts as one failed.

import { existsSync, readFileSync } from 'node:fs'

const [file] = process.argv.slice(2)
const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { testResults: [] }

const statuses = report.testResults.flatMap(({ status, assertionResults }) =>
  status === 'failed' && assertionResults.every((test) => test.status !== 'failed')
    ? [...assertionResults.map((test) => test.status), 'failed']
    : assertionResults.map((test) => test.status),
)
const count = (...wanted) => statuses.filter((status) => wanted.includes(status)).length

const passed = count('passed')
const failed = count('failed')
console.log(
  `${passed} passed, ${failed} failed, ${count('pending', 'skipped', 'todo', 'disabled')} skipped`,
)
if (failed > 0 || passed === 0) process.exitCode = 1
