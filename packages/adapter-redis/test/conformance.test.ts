import { conformance } from '@holdfast/conformance/vitest'
import {
  clusterTarget,
  nodeRedisTarget,
  oldestTarget,
  serverClockTarget,
  target,
} from './target.ts'

conformance(target.name, target)
conformance(clusterTarget.name, clusterTarget, { runs: 20 })
conformance(serverClockTarget.name, serverClockTarget, { runs: 20 })
conformance(nodeRedisTarget.name, nodeRedisTarget, { levels: ['core'], runs: 20 })
conformance(oldestTarget.name, oldestTarget, { runs: 20 })
