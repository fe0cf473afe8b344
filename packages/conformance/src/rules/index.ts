import type { Rule } from '../rule.ts'
import { lifecycle } from './lifecycle.ts'
import { missing } from './missing.ts'

/** Every rule, family by family. */
export const rules: readonly Rule[] = [...lifecycle, ...missing]
