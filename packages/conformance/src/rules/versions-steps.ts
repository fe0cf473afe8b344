import type { StepExecution, StepRepository } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { equal, ok, rejects } from '../expect.ts'
import { aStep } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'

const DAY = 86_400_000

/** Decision 3 for steps. */
export const stepVersions: readonly Rule[] = [
  rule('VER-02', {
    title: 'a step has version 1, and one more with each update, also one that changes nothing',
    clause: 3,
    needs: ['steps'],
    bugs: ['workflow-core W46', 'vercel/workflow#2331'],
    async check({ steps }, trial) {
      let current = await steps.create(aStep({ workflowId: trial.id(), attempt: 0 }))
      const { workflowId, stepId } = current
      equal(current.version, 1, 'a new step has version 1')
      for (const attempt of [1, 2, 2, 2, 3]) {
        const next = await steps.update({ ...current, attempt })
        equal(next.version, current.version + 1, 'an update makes the version one more')
        equal((await steps.get({ workflowId, stepId }))?.version, next.version, 'get agrees')
        current = next
      }
    },
  }),

  rule('VER-04', {
    title: 'steps.update with another version than the stored one is CONFLICT and changes nothing',
    clause: 3,
    needs: ['steps'],
    bugs: ['vercel/workflow#2331', 'vercel/workflow PR#2714', 'durabletask PR#1280'],
    async check({ steps }, trial) {
      const first = await steps.create(aStep({ workflowId: trial.id() }))
      const { workflowId, stepId } = first
      const second = await steps.update({ ...first, status: 'running' })
      const third = await steps.update({ ...second, status: 'complete', output: 1 })
      for (const version of [1, 2, 4, 5, 1000]) {
        const stale = steps.update({ ...first, executionIndex: 9, version })
        await rejects(stale, 'CONFLICT', `update of version 3 that names ${version}`)
        equal(await steps.get({ workflowId, stepId }), third, 'the refused update changed nothing')
      }
      equal((await steps.list({ workflowId })).items, [third], 'nor its place in the list')
    },
  }),

  rule('VER-07', {
    title: 'steps.update replaces the whole step: what is left out is gone',
    clause: 3,
    needs: ['steps'],
    bugs: ['Gorkflow 0e43951', 'workflow-core W6', 'mastra PR#12575'],
    async check({ steps }, trial) {
      const key = { workflowId: trial.id(), stepId: 'step-1' }
      await steps.create(
        aStep({
          ...key,
          status: 'failed',
          startedAt: EPOCH,
          completedAt: EPOCH,
          durationMs: 0,
          input: { a: 1, b: 2 },
          output: null,
          error: { message: 'It broke', code: 'E', attempt: 1, details: { a: 1 } },
          createdAt: EPOCH,
        }),
      )
      const fewer = { ...aStep(key), input: { b: 3 }, error: { message: 'It broke again' } }
      const second = await steps.update({ ...fewer, version: 1 })
      const { updatedAt } = second
      const expected = { ...fewer, createdAt: EPOCH, updatedAt, version: 2 }
      equal(await steps.get(key), expected, 'the step is what the update said, whole')
      const third = await steps.update({ ...aStep(key), version: 2 })
      const least = { ...aStep(key), createdAt: EPOCH, updatedAt: third.updatedAt, version: 3 }
      equal(await steps.get(key), least, 'every optional member can be taken away')
    },
  }),

  rule('VER-09', {
    title: 'createdAt of a step never changes, and updatedAt never goes back',
    clause: 3,
    needs: ['steps'],
    bugs: ['Gorkflow LibSQL UpdatedAt', 'mastra PR#18004'],
    async check({ steps }, trial) {
      const { clock } = trial
      const workflowId = trial.id()
      const stamped = await steps.create(aStep({ workflowId }))
      if (clock.injected) {
        equal(stamped.createdAt, clock.now(), 'createdAt is the time of the create')
        equal(stamped.updatedAt, clock.now(), 'updatedAt is the time of the create')
      }
      await clock.advance(5)
      const later = await judgeTimes(steps, stamped)
      if (clock.injected) {
        equal(later.updatedAt, clock.now(), 'updatedAt is the time of the update')
        await clock.advance(-DAY)
        await judgeTimes(steps, later)
        await clock.advance(DAY)
      }
      const times = { createdAt: clock.now() - DAY, updatedAt: clock.now() + DAY }
      const ahead = await steps.create(aStep({ workflowId, stepId: 'step-2', ...times }))
      const { createdAt, updatedAt } = ahead
      equal({ createdAt, updatedAt }, times, 'times that a create names are kept')
      await judgeTimes(steps, await judgeTimes(steps, ahead))
    },
  }),
]

/** An update that names other times moves createdAt nowhere, and updatedAt not back. */
async function judgeTimes(steps: StepRepository, before: StepExecution): Promise<StepExecution> {
  const { workflowId, stepId } = before
  const times = { createdAt: before.createdAt + 7 * DAY, updatedAt: before.updatedAt - 7 * DAY }
  const after = await steps.update({ ...before, attempt: before.version, ...times })
  equal(after.createdAt, before.createdAt, 'createdAt stays the same')
  ok(
    after.updatedAt >= before.updatedAt,
    `updatedAt does not go back, from ${before.updatedAt} to ${after.updatedAt}`,
  )
  equal(await steps.get({ workflowId, stepId }), after, 'get agrees on the times')
  return after
}
