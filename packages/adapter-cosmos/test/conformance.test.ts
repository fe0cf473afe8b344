import { conformance } from '@holdfast/conformance/vitest'
import { oddTarget, oldestTarget, processClockTarget, target } from './target.ts'

conformance(target.name, target)
conformance(oldestTarget.name, oldestTarget, { runs: 25 })

for (const variant of [processClockTarget, oddTarget])
  conformance(variant.name, variant, { levels: ['core'], runs: 20 })
