import { conformance } from '@holdfast/conformance/vitest'
import {
  betterSqlite3Target,
  databaseClockTarget,
  libsqlTarget,
  remoteTarget,
  target,
} from './target.ts'

conformance(target.name, target, { runs: 25 })

// The SQL is the same: it is each one's way with it that is tested. `npm run conformance` takes its time.
for (const each of [betterSqlite3Target, libsqlTarget, databaseClockTarget, remoteTarget]) {
  conformance(each.name, each, { runs: 25 })
}
