import { conformance } from '@holdfast/conformance/vitest'
import { oddNamesTarget, serverClockTarget, target } from './target.ts'

conformance(target.name, target)
conformance(serverClockTarget.name, serverClockTarget, { runs: 20 })
conformance(oddNamesTarget.name, oddNamesTarget, { levels: ['core'], runs: 20 })
