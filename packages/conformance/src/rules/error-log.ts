import { EPOCH } from '../clock.ts'
import { equal, ok, rejects } from '../expect.ts'
import { anError } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'

/** What went wrong is kept: whole, in order, and all of an append or none. */
export const errorLog: readonly Rule[] = [
  rule('LOG-01', {
    title: 'errors.list orders by errorTime, and errors of one instant by their arrival',
    clause: 8,
    needs: ['errors'],
    bugs: ['workflow-core#423', 'vercel/workflow PR#2714', 'Gorkflow LibSQL TEXT order'],
    async check({ errors }, trial) {
      const workflowId = trial.id()
      const times = [EPOCH, 20, -5, 3, EPOCH, 20, EPOCH - 1, 3, EPOCH, -40, 100, 20]
      const appended = times.map((errorTime, index) => {
        const first = String.fromCodePoint(0x7a - index)
        return anError({ id: trial.id(first), workflowId, errorTime, message: first })
      })
      await errors.append(appended.slice(0, 5))
      await errors.append(appended.slice(5, 6))
      await errors.append(appended.slice(6))
      const { items } = await errors.list({ workflowId })
      const expected = appended.toSorted((a, b) => a.errorTime - b.errorTime)
      equal(items, expected, 'the errors by (errorTime, arrival)')
    },
  }),

  rule('LOG-02', {
    title: 'errors.list returns every member that was appended, and none that was not',
    clause: 13,
    needs: ['errors'],
    bugs: ['workflow-core W41', 'workflow-core PR#437', 'workflow-core PersistErrors no-op'],
    async check({ errors }, trial) {
      const workflowId = trial.id()
      const whole = {
        executionPointerId: 'pointer-1',
        stepId: '7',
        code: 'E_BROKEN',
        stack: `Error: It broke\n${'    at run (file.ts:1:1)\n'.repeat(400)}`,
        details: { attempts: [1, 2], last: null, name: '' },
      }
      const empty = { executionPointerId: '', stepId: '', code: '', stack: '', details: null }
      const appended = [whole, {}, empty, { details: [] }].map((members, index) =>
        anError({
          workflowId,
          errorTime: EPOCH + index,
          message: index === 2 ? '' : 'm',
          ...members,
        }),
      )
      await errors.append(appended)
      const { items } = await errors.list({ workflowId })
      const bare = items.map(({ id: _, ...rest }) => rest)
      equal(bare, appended, 'the errors, member by member')
      const made = new Set(items.map(({ id }) => id))
      ok(made.size === 4, 'each error has an id of its own')
    },
  }),

  rule('LOG-03', {
    title: 'errors.list returns the errors of its workflow only, whoever they were appended with',
    clause: 17,
    needs: ['errors'],
    bugs: ['workflow-core W41', 'workflow-es module globals'],
    async check({ errors }, trial) {
      const [first, second, third] = [trial.id(), trial.id(), trial.id()]
      const appended = [first, second, first, third].map((workflowId, index) =>
        anError({ id: trial.id(), workflowId, errorTime: EPOCH + index }),
      )
      await errors.append(appended)
      for (const id of [first, second, third]) {
        const { items } = await errors.list({ workflowId: id })
        const own = appended.filter(({ workflowId }) => workflowId === id)
        equal(items, own, 'the errors of one workflow of three')
      }
      const { items } = await errors.list({ workflowId: trial.id() })
      equal(items, [], 'the errors of a workflow that has none')
    },
  }),

  rule('LOG-04', {
    title: 'errors.append takes an empty list',
    clause: 17,
    needs: ['errors'],
    bugs: ['workflow-core W5', 'workflow-core PR#1123', 'langgraph-redis PR#186'],
    async check({ errors }, trial) {
      const workflowId = trial.id()
      const error = anError({ id: trial.id(), workflowId })
      await errors.append([error])
      await errors.append([])
      const { items } = await errors.list({ workflowId })
      equal(items, [error], 'the errors when none was appended to one')
    },
  }),

  rule('LOG-05', {
    title: 'errors.append takes 1000 errors, and refuses more with INVALID_VALUE',
    clause: 15,
    needs: ['errors'],
    bugs: ['workflow-core W32', 'media-insights-on-aws#607', 'workflow-core W8'],
    async check({ errors }, trial) {
      const workflowId = trial.id()
      const many = Array.from({ length: 1001 }, (_, index) =>
        anError({ workflowId, errorTime: EPOCH + index }),
      )
      await rejects(errors.append(many), 'INVALID_VALUE', 'an append of 1001 errors')
      const before = await errors.list({ workflowId })
      equal(before.items, [], 'the refused append stored nothing')
      await errors.append(many.slice(1))
      const after = await errors.list({ workflowId, limit: 1000 })
      equal(after.items.length, 1000, 'how many of 1000 errors are listed')
      const last = after.items.at(-1)
      equal(last?.errorTime, EPOCH + 1000, 'the time of the last of 1000 errors')
    },
  }),

  rule('LOG-06', {
    title: 'errors.append stores all of its errors or none',
    clause: 5,
    needs: ['errors'],
    bugs: ['workflow-core W41', 'workflow-core W16', 'durabletask#1094'],
    async check({ errors }, trial) {
      const workflowId = trial.id()
      const there = anError({ id: trial.id(), workflowId })
      await errors.append([there])
      const other = { workflowId, message: 'Another' }
      for (const place of [0, 1, 2]) {
        const fresh = [anError({ ...other, id: trial.id() }), anError(other)]
        const taken = fresh.toSpliced(place, 0, anError({ ...other, id: there.id ?? '' }))
        await rejects(errors.append(taken), 'CONFLICT', 'an append with an id that is taken')
        const unfit = fresh.toSpliced(place, 0, anError({ ...other, errorTime: 0.5 }))
        await rejects(errors.append(unfit), 'INVALID_VALUE', 'an append with a time that is none')
        const { items } = await errors.list({ workflowId })
        equal(items, [there], 'the errors when an append was refused')
      }
    },
  }),
]
