import { conformance } from '@holdfast/conformance/vitest'
import {
  betterSqlite3Target,
  databaseClockTarget,
  libsqlTarget,
  remoteTarget,
  target,
} from './target.ts'

// The SQL is the same: it is each one's way with it that is tested. `npm run conformance` takes its time.
for (const each of [target, betterSqlite3Target, libsqlTarget, databaseClockTarget, remoteTarget]) {
  conformance(each.name, each, { runs: 25 })
}
