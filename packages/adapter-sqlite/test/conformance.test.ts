import { conformance } from '@holdfast/conformance/vitest'
import {
  betterSqlite3Target,
  databaseClockTarget,
  libsqlTarget,
  remoteTarget,
  target,
} from './target.ts'

conformance(target.name, target)
// The SQL is the same: of the others it is their way with it that is tested.
for (const other of [betterSqlite3Target, libsqlTarget, databaseClockTarget, remoteTarget]) {
  conformance(other.name, other, { runs: 10 })
}
