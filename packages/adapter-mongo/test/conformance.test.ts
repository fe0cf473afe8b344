import { conformance } from '@holdfast/conformance/vitest'
import {
  compressedTarget,
  oldestTarget,
  processClockTarget,
  replicaSetTarget,
  target,
} from './target.ts'

// Not the product: with a quarter of the values here, and all of them in `npm run conformance`.
conformance(target.name, target, { runs: 25 })
conformance(processClockTarget.name, processClockTarget, { runs: 20 })
conformance(oldestTarget.name, oldestTarget, { runs: 20 })
conformance(compressedTarget.name, compressedTarget, { levels: ['core'], runs: 20 })
// Nothing of what transactions give is there, so that races prove nothing.
conformance(replicaSetTarget.name, replicaSetTarget, { levels: ['core'], runs: 20 })
