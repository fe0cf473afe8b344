import { conformance } from '@holdfast/conformance/vitest'
import { oldestTarget, serverClockTarget, target } from './target.ts'

conformance(target.name, target, { levels: ['resilient'] })
conformance(serverClockTarget.name, serverClockTarget, { levels: ['resilient'] })
conformance(oldestTarget.name, oldestTarget, { levels: ['resilient'] })
