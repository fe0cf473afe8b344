import { conformance } from '@holdfast/conformance/vitest'
import { nodeRedisTarget, target } from './target.ts'

conformance(target.name, target, { levels: ['resilient'] })
conformance(nodeRedisTarget.name, nodeRedisTarget, { levels: ['resilient'] })
