// Prints what failed in a JSON report of vitest, and `N passed, N failed, N skipped` as the last line: a log of CI is
// read from its end. Fails when no test ran, or when a file broke before its tests, which counts as one failed.

import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'

const [file] = process.argv.slice(2)
const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { testResults: [] }

const statuses = report.testResults.flatMap(({ status, assertionResults }) =>
  status === 'failed' && assertionResults.every((test) => test.status !== 'failed')
    ? [...assertionResults.map((test) => test.status), 'failed']
    : assertionResults.map((test) => test.status),
)
const count = (...wanted) => statuses.filter((status) => wanted.includes(status)).length

for (const { name, status, message, assertionResults } of report.testResults) {
  const tests = assertionResults.filter((test) => test.status === 'failed')
  for (const test of tests) print(name, test.fullName, test.failureMessages.join('\n'))
  if (status === 'failed' && tests.length === 0) print(name, 'broke before its tests', message)
}

const passed = count('passed')
const failed = count('failed')
console.log(
  `${passed} passed, ${failed} failed, ${count('pending', 'skipped', 'todo', 'disabled')} skipped`,
)
if (failed > 0 || passed === 0) process.exitCode = 1

/** The file, the test, and as much of the message as says what is wrong. */
function print(file, test, message) {
  const lines = message.split('\n').slice(0, 12)
  console.log(
    `${relative(process.cwd(), file)}: ${test}\n${lines.map((line) => `  ${line}`).join('\n')}\n`,
  )
}
