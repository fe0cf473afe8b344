import type { NewWorkflow, PersistenceProvider } from '@holdfast/spec'
import { equal } from '../expect.ts'
import {
  aCommand,
  aPointer,
  aSnapshot,
  aStep,
  aSubscription,
  aWorkflow,
  anError,
} from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import type { Trial } from '../trial.ts'
import { nastyValues } from '../values.ts'

const texts: readonly string[] = nastyValues.flatMap(({ value }) =>
  typeof value === 'string' ? [value] : [],
)

/** Decision 13: free text is as opaque as a payload. */
export const payloadTexts: readonly Rule[] = [
  rule('DATA-10', {
    title: 'a command keeps any text as its data, and a handler gets it',
    clause: 11,
    needs: ['commands'],
    bugs: ['workflow-core W15', 'workflow-core W45', 'cap-js/event-queue#525'],
    async check({ commands }, trial) {
      const at = trial.clock.now()
      const name = trial.id()
      const wanted = texts.map((data, index) => aCommand({ name, data, executeAt: at + index }))
      for (const command of wanted) {
        const scheduled = await commands.schedule(command)
        equal(scheduled, command, 'schedule returns the command')
        trial.count('texts')
      }
      const { items } = await commands.list({ limit: 1000 })
      equal(items, wanted, 'the commands that are listed')
      const handled: string[] = []
      await commands.process({ asOf: at + texts.length, limit: 1000 }, ({ data }) => {
        handled.push(data)
      })
      equal(handled, texts, 'the data that a handler gets')
    },
  }),

  rule('DATA-11', {
    title: 'members of free text keep any text',
    clause: 13,
    needs: [],
    bugs: ['workflow-core W7', 'workflow-core W15', 'spring-batch#2874', 'workflow-core #201'],
    async check(store, trial) {
      if (store.workflows) await workflowTexts(store.workflows, trial)
      if (store.steps) await stepTexts(store.steps, trial)
      if (store.subscriptions) await subscriptionTexts(store.subscriptions, trial)
      if (store.snapshots) await snapshotTexts(store.snapshots, trial)
      if (store.errors) await errorTexts(store.errors, trial)
    },
  }),
]

type Repository<N extends keyof PersistenceProvider> = NonNullable<PersistenceProvider[N]>

async function workflowTexts(workflows: Repository<'workflows'>, trial: Trial): Promise<void> {
  const ids = texts.map(() => trial.id())
  for (const [index, id] of ids.entries()) {
    await workflows.create(aWorkflow({ id, ...workflowOf(textAt(index)) }))
  }
  for (const [index, found] of (await workflows.getMany(ids)).entries()) {
    for (const [member, expected] of Object.entries(workflowOf(textAt(index)))) {
      equal(found[member as keyof typeof found], expected, `${member} of a workflow`)
    }
  }
  // All in one list: a text that is also a delimiter splits its neighbours.
  const pointers = [aPointer({ children: texts, scope: texts.toReversed() })]
  const { id } = await workflows.create(aWorkflow({ pointers }))
  equal((await workflows.get(id))?.pointers, pointers, 'children and scope of a pointer')
}

/** The whole text once: eighteen times a long one is more than every store takes. */
function workflowOf(whole: string): Partial<NewWorkflow> {
  const text = whole.slice(0, 1000)
  return {
    definitionVersion: text,
    description: whole,
    tags: { [text]: text, other: text },
    error: { message: text, code: text, step: text },
    pointers: [
      aPointer({
        id: text,
        stepId: text,
        stepName: text,
        eventName: text,
        eventKey: text,
        predecessorId: text,
        children: [text],
        scope: [text, '', text],
      }),
    ],
  }
}

async function stepTexts(steps: Repository<'steps'>, trial: Trial): Promise<void> {
  const workflowId = trial.id()
  for (const [index, text] of texts.entries()) {
    const error = { message: text, code: text }
    await steps.create(aStep({ workflowId, stepId: `step-${index}`, error }))
  }
  const { items } = await steps.list({ workflowId, limit: 1000 })
  equal(items.length, texts.length, 'how many steps are listed')
  for (const { stepId, error } of items) {
    const text = textAt(Number(stepId.slice('step-'.length)))
    equal(error, { message: text, code: text }, 'the error of a step')
  }
}

async function subscriptionTexts(
  subscriptions: Repository<'subscriptions'>,
  trial: Trial,
): Promise<void> {
  for (const text of texts) {
    const wanted = aSubscription({ id: trial.id(), stepId: text, executionPointerId: text })
    const { id } = await subscriptions.create(wanted)
    const found = await subscriptions.get(id)
    equal(found?.stepId, text, 'the stepId of a subscription')
    equal(found?.executionPointerId, text, 'the executionPointerId of a subscription')
  }
}

async function snapshotTexts(snapshots: Repository<'snapshots'>, trial: Trial): Promise<void> {
  for (const definitionHash of texts) {
    const key = { instanceId: trial.id(), workflowId: 'workflow-1' }
    await snapshots.save(aSnapshot({ ...key, definitionHash }))
    equal((await snapshots.load(key))?.definitionHash, definitionHash, 'the definitionHash')
  }
}

async function errorTexts(errors: Repository<'errors'>, trial: Trial): Promise<void> {
  const workflowId = trial.id()
  const at = trial.clock.now()
  const wanted = texts.map((text, index) =>
    anError({
      id: trial.id(),
      errorTime: at + index,
      workflowId,
      message: text,
      code: text,
      stack: text,
      stepId: text,
      executionPointerId: text,
    }),
  )
  await errors.append(wanted)
  const { items } = await errors.list({ workflowId, limit: 1000 })
  equal(items, wanted, 'the texts of the errors that are listed')
}

function textAt(index: number): string {
  return texts[index] ?? ''
}
