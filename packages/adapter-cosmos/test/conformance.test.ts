import { conformance } from '@holdfast/conformance/vitest'
import { oddTarget, processClockTarget, target } from './target.ts'

conformance(target.name, target)

for (const variant of [processClockTarget, oddTarget])
  conformance(variant.name, variant, { levels: ['core'], runs: 20 })
