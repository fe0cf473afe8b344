import { conformance } from '@holdfast/conformance/vitest'
import { serverClockTarget, target } from './target.ts'

conformance(target.name, target, { levels: ['resilient'] })
conformance(serverClockTarget.name, serverClockTarget, { levels: ['resilient'] })
