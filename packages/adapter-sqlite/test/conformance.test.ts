import { conformance } from '@holdfast/conformance/vitest'
import {
  betterSqlite3Target,
  databaseClockTarget,
  libsqlTarget,
  remoteTarget,
  target,
} from './target.ts'

conformance(target.name, target)
conformance(betterSqlite3Target.name, betterSqlite3Target)
conformance(libsqlTarget.name, libsqlTarget)
conformance(databaseClockTarget.name, databaseClockTarget, { runs: 20 })
conformance(remoteTarget.name, remoteTarget, { runs: 20 })
