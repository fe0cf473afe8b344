import type { Fault } from './fault.ts'
import { holdFaults } from './interleave-holds.ts'
import { recordFaults } from './interleave-records.ts'

/** What is right as long as nobody comes in between the look and the write: each has a trip of its own. */
export const interleaveFaults: readonly Fault[] = [...recordFaults, ...holdFaults]
