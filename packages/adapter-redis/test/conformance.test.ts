import { conformance } from '@holdfast/conformance/vitest'
import { clusterTarget, nodeRedisTarget, serverClockTarget, target } from './target.ts'

for (const variant of [target, clusterTarget, serverClockTarget, nodeRedisTarget]) {
  conformance(variant.name, variant)
}
