import { compareText, type NewStep, type StepExecution, type StepKey } from '@holdfast/spec'
import { equal, ok } from '../expect.ts'
import { aStep } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import { confusablePairs } from './keys.ts'

const STATUSES = ['pending', 'running', 'complete', 'failed', 'skipped', 'retrying'] as const

/** The executions of a workflow's steps, and their outputs. */
export const steps: readonly Rule[] = [
  rule('STEP-01', {
    title:
      'every member of a step comes back, also after an update, and create returns what get returns',
    clause: 17,
    needs: ['steps'],
    bugs: ['Gorkflow 0e43951', 'workflow-core e781995b', 'Gorkflow: nil and empty bytes'],
    async check({ steps: store }, trial) {
      const workflowId = trial.id()
      const full: NewStep = {
        workflowId,
        stepId: 'full',
        executionIndex: 2 ** 31 - 1,
        status: 'failed',
        attempt: 3,
        startedAt: 0,
        completedAt: trial.clock.now(),
        durationMs: 2 ** 53 - 1,
        input: { a: [null] },
        output: null,
        error: { message: '', code: 'E', timestamp: -1, attempt: 0, details: [] },
      }
      const bare = aStep({ workflowId, stepId: 'bare' })
      const others = STATUSES.map((status) => aStep({ workflowId, stepId: status, status }))
      for (const step of [full, bare, ...others]) {
        const created = await store.create(step)
        const { createdAt, updatedAt } = created
        equal(
          created,
          { ...step, createdAt, updatedAt, version: 1 },
          'create returns what it was given',
        )
        equal(await store.get(stepKey(step)), created, 'get returns what create returned')
        const next = { ...(step === bare ? full : step), stepId: step.stepId, version: 1 }
        const updated = await store.update(next)
        equal(
          updated,
          { ...next, createdAt, updatedAt: updated.updatedAt, version: 2 },
          'update returns what it was given',
        )
        equal(await store.get(stepKey(step)), updated, 'get returns what update returned')
      }
    },
  }),

  rule('STEP-02', {
    title: 'list gives the steps of one workflow by (executionIndex, stepId)',
    clause: 8,
    needs: ['steps'],
    bugs: ['Gorkflow: ties unordered', 'langgraph PR#7105', 'dcb-event-store#89'],
    async check({ steps: store }, trial) {
      const workflowId = trial.id()
      const created: StepExecution[] = []
      for (const executionIndex of [10, 9, 0, 100]) {
        for (const stepId of ['b', 'B', 'a', '\u{1f600}', '\uffff', '9', '10']) {
          const id = `${stepId}${executionIndex === 0 ? '' : ` ${executionIndex}`}`
          created.push(await store.create(aStep({ workflowId, stepId: id, executionIndex })))
        }
      }
      await store.create(aStep({ workflowId: `${workflowId} ` }))
      await store.create(aStep({ workflowId: trial.id() }))
      const expected = created.sort(
        (a, b) => a.executionIndex - b.executionIndex || compareText(a.stepId, b.stepId),
      )
      const { items, cursor, corrupt } = await store.list({ workflowId })
      equal(items.map(idOf), expected.map(idOf), 'the steps of the workflow, in order')
      equal(items, expected, 'list gives the steps that create returned')
      equal([cursor, corrupt], [null, []], 'the one page is the last, and nothing is corrupt')
    },
  }),

  rule('STEP-03', {
    title: 'the key of a step is the pair (workflowId, stepId), whatever the two hold',
    clause: 12,
    needs: ['steps'],
    bugs: ['workflow-core W21', 'workflow-core W45', 'pg-boss PR#898'],
    async check({ steps: store }, trial) {
      for (const pair of confusablePairs) await store.create(aStep({ ...keyOf(pair), input: pair }))
      for (const pair of confusablePairs) {
        const step = await store.get(keyOf(pair))
        equal(step?.input, pair, `the step of the key ${JSON.stringify(pair)}`)
        trial.count('pairs')
      }
    },
  }),

  rule('STEP-04', {
    title: 'the key of an output is the pair (workflowId, stepId), whatever the two hold',
    clause: 12,
    needs: ['steps'],
    bugs: ['workflow-core W21', 'workflow-core W45', 'pg-boss PR#898'],
    async check({ steps: store }, trial) {
      for (const pair of confusablePairs) await store.saveOutput({ ...keyOf(pair), output: pair })
      for (const pair of confusablePairs) {
        const saved = await store.loadOutput(keyOf(pair))
        equal(saved, { ...keyOf(pair), output: pair }, `the output of ${JSON.stringify(pair)}`)
        trial.count('pairs')
      }
    },
  }),

  rule('STEP-05', {
    title: 'saveOutput stores or replaces, without a step and without a workflow',
    clause: 17,
    needs: ['steps'],
    bugs: ['Gorkflow Postgres: foreign key error', 'mastra PR#12575', 'Gorkflow: nil bytes'],
    async check({ steps: store }, trial) {
      const key = { workflowId: trial.id(), stepId: 'step-1' }
      equal(await store.loadOutput(key), null, 'an output that was never saved')
      for (const output of [{ a: 1, b: 2 }, { b: 3 }, '', [], false]) {
        await store.saveOutput({ ...key, output })
        equal(await store.loadOutput(key), { ...key, output }, 'the output that was saved last')
      }
      equal(await store.get(key), null, 'saveOutput makes no step')
      equal(
        (await store.list({ workflowId: key.workflowId })).items,
        [],
        'saveOutput lists no step',
      )
    },
  }),

  rule('STEP-06', {
    title: 'an output of null is an output',
    clause: 13,
    needs: ['steps'],
    bugs: ['Gorkflow: nil and empty bytes', 'spring-batch#2874'],
    async check({ steps: store }, trial) {
      const key = { workflowId: trial.id(), stepId: 'step-1' }
      await store.saveOutput({ ...key, output: null })
      equal(await store.loadOutput(key), { ...key, output: null }, 'an output of null')
      equal(await store.loadOutput({ ...key, stepId: 'step-2' }), null, 'no output')
    },
  }),

  rule('STEP-07', {
    title: 'a saved output and the output member of a step are two things',
    clause: 17,
    needs: ['steps'],
    bugs: ['Gorkflow: SaveStepOutput', 'sayiir: save_task_result'],
    async check({ steps: store }, trial) {
      const key = { workflowId: trial.id(), stepId: 'step-1' }
      await store.saveOutput({ ...key, output: 'saved' })
      const created = await store.create(aStep({ ...key, output: 'member' }))
      equal(created.version, 1, 'the version of a step whose output was saved before')
      equal((await store.loadOutput(key))?.output, 'saved', 'the saved output after a create')
      await store.saveOutput({ ...key, output: 'saved again' })
      equal(await store.get(key), created, 'the step after saveOutput')
      const { output: _, ...rest } = created
      const updated = await store.update(rest)
      ok(!('output' in updated), 'the step has no output after an update without one')
      equal(
        (await store.loadOutput(key))?.output,
        'saved again',
        'the saved output after an update',
      )
    },
  }),

  rule('STEP-08', {
    title: 'update replaces the whole step: what it leaves out is gone, what it names is kept',
    clause: 5,
    needs: ['steps'],
    bugs: ['Gorkflow 0e43951: json_set loses output', 'Gorkflow LibSQL: error={"message":null}'],
    async check({ steps: store }, trial) {
      const key = { workflowId: trial.id(), stepId: 'step-1' }
      const neighbour = await store.create(aStep({ ...key, stepId: 'step-2', input: 'other' }))
      const input = { a: 1 }
      const output = { b: { c: 2 } }
      const error = { message: 'It broke', code: 'E', details: { at: 1 } }
      const created = await store.create(aStep({ ...key, input, output, error, startedAt: 1 }))
      const running = await store.update({ ...created, status: 'running', attempt: 1 })
      equal([running.input, running.output], [input, output], 'input and output that update names')
      equal(running.error, error, 'the error that update names')
      const bare = aStep({ ...key, status: 'complete', output: { b: {} } })
      await store.update({ ...bare, version: 2 })
      const loaded = await store.get(key)
      ok(loaded, 'the step is there after an update')
      for (const member of ['input', 'error', 'startedAt']) {
        ok(!(member in loaded), `${member} is gone after an update without it`)
      }
      equal(loaded.output, { b: {} }, 'the output is replaced, not merged')
      const other = { ...key, stepId: 'step-2' }
      equal(await store.get(other), neighbour, 'another step of the workflow')
    },
  }),

  rule('STEP-09', {
    title: 'list follows an update of executionIndex',
    clause: 5,
    needs: ['steps'],
    bugs: ['Gorkflow UpdateRun: stale columns', 'workflow-core W20'],
    async check({ steps: store }, trial) {
      const workflowId = trial.id()
      const first = await store.create(aStep({ workflowId, stepId: 'a', executionIndex: 1 }))
      await store.create(aStep({ workflowId, stepId: 'b', executionIndex: 2 }))
      await store.update({ ...first, executionIndex: 3 })
      const { items } = await store.list({ workflowId })
      equal(items.map(idOf), ['b', 'a'], 'the order after the first step was moved behind')
      equal(items[1]?.executionIndex, 3, 'the executionIndex that is listed')
    },
  }),
]

function keyOf([workflowId, stepId]: readonly [string, string]): StepKey {
  return { workflowId, stepId }
}

function idOf({ stepId }: StepExecution): string {
  return stepId
}

/** The key alone: a key with further members is refused. */
function stepKey({ workflowId, stepId }: StepKey): StepKey {
  return { workflowId, stepId }
}
