import { conformance } from '@holdfast/conformance/vitest'
import { oldestTarget, plainUserTarget, serverClockTarget, target } from './target.ts'

conformance(target.name, target)
conformance(serverClockTarget.name, serverClockTarget, { runs: 20 })
conformance(oldestTarget.name, oldestTarget, { runs: 20 })
conformance(plainUserTarget.name, plainUserTarget, { levels: ['core'], runs: 20 })
