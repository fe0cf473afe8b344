import type { Fault } from './fault.ts'
import { lifecycleFaults } from './lifecycle.ts'
import { missingFaults } from './missing.ts'

/** Every fault, family by family. */
export const faults: readonly Fault[] = [...lifecycleFaults, ...missingFaults]
