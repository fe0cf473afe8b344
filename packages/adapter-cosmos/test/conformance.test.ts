import { conformance } from '@holdfast/conformance/vitest'
import { oddTarget, oldestTarget, processClockTarget, target } from './target.ts'

// Not the product: with a quarter of the values here, and all of them in `npm run conformance`.
conformance(target.name, target, { runs: 25 })
conformance(oldestTarget.name, oldestTarget, { runs: 25 })

for (const variant of [processClockTarget, oddTarget])
  conformance(variant.name, variant, { levels: ['core'], runs: 20 })
