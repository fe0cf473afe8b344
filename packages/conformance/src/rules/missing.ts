import { equal, rejects } from '../expect.ts'
import { aWorkflow } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'

/** Decision 2: what is not there is said to be missing, and never made by an update. */
export const missing: readonly Rule[] = [
  rule('MISSING-01', {
    title: 'workflows.get of an id that is not there is null',
    clause: 2,
    needs: ['workflows'],
    bugs: ['workflow-core W36', 'workflow-core#1070', 'workflow-core PR#1260'],
    async check({ workflows }, trial) {
      equal(await workflows.get(trial.id()), null, 'get of an unknown id is null')
    },
  }),

  rule('MISSING-02', {
    title: 'workflows.update of an id that is not there is NOT_FOUND and creates nothing',
    clause: 2,
    needs: ['workflows'],
    bugs: ['workflow-core W17', 'workflow-core W35', 'Gorkflow LibSQL UpdateRun'],
    async check({ workflows }, trial) {
      const id = trial.id()
      const update = workflows.update({ ...aWorkflow(), id, version: 1 })
      await rejects(update, 'NOT_FOUND', 'update of an unknown id')
      equal(await workflows.get(id), null, 'the refused update stored nothing')
    },
  }),
]
