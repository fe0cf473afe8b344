import { conformance } from '@holdfast/conformance/vitest'
import { serverClockTarget, target, unpreparedTarget } from './target.ts'

conformance(target.name, target)
conformance(serverClockTarget.name, serverClockTarget, { runs: 20 })
conformance(unpreparedTarget.name, unpreparedTarget, { levels: ['core'], runs: 20 })
