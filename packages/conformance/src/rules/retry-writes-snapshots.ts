import { aSnapshot } from '../fixtures.ts'
import type { Write } from './retry-writes.ts'

/** Snapshots. */
export const snapshotWrites: readonly Write[] = [
  {
    rule: 'RETRY-21',
    method: 'snapshots.save, the first',
    needs: ['snapshots'],
    bugs: ['durabletask PR#363', 'langgraph#7201'],
    async prepare(_, trial) {
      const key = { instanceId: trial.id(), workflowId: 'workflow-1' }
      return {
        call: async ({ snapshots }, options) => snapshots.save(aSnapshot(key), options),
        look: async ({ snapshots }) => snapshots.load(key),
      }
    },
  },
  {
    rule: 'RETRY-22',
    method: 'snapshots.save, the next',
    needs: ['snapshots'],
    bugs: ['durabletask PR#363', 'dapr#994'],
    async prepare({ snapshots: direct }, trial) {
      const key = { instanceId: trial.id(), workflowId: 'workflow-1' }
      const snapshot = await direct.save(aSnapshot(key))
      return {
        call: async ({ snapshots }, options) =>
          snapshots.save({ ...snapshot, state: 'next' }, options),
        look: async ({ snapshots }) => snapshots.load(key),
      }
    },
  },
  {
    rule: 'RETRY-23',
    method: 'snapshots.delete',
    needs: ['snapshots'],
    bugs: ['vercel/workflow#85'],
    gone: false,
    async prepare({ snapshots: direct }, trial) {
      const key = { instanceId: trial.id(), workflowId: 'workflow-1' }
      await direct.save(aSnapshot(key))
      return {
        call: async ({ snapshots }, options) => snapshots.delete(key, options),
        look: async ({ snapshots }) => snapshots.load(key),
      }
    },
  },
]
