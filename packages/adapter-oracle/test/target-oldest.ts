import './oldest.ts'
import type { Target } from '@holdfast/conformance'
import { driver } from './shim/internals.ts'
import { oracleTarget } from './target.ts'

/** By the oldest driver that is supported. */
export const oldestTarget: Target = {
  ...oracleTarget({
    name: `oracle (oracledb ${driver.versionString})`,
    prefix: 'TEST_',
    options: (clock) => ({ clock }),
  }),
  module: import.meta.url,
}
