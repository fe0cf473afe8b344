import { conformance } from '@holdfast/conformance/vitest'
import { oddNamesTarget, serverClockTarget, target } from './target.ts'

// Not the product: with a quarter of the values here, and all of them in `npm run conformance`.
conformance(target.name, target, { runs: 25 })
conformance(serverClockTarget.name, serverClockTarget, { runs: 20 })
conformance(oddNamesTarget.name, oddNamesTarget, { levels: ['core'], runs: 20 })
