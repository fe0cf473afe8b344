import { commandKey, compareText, type ScheduledCommand } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { equal } from '../expect.ts'
import { aCommand } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import { alikePairs } from './events.ts'

/** Decision 11: a command is scheduled once, and handed out when it is due. */
export const commands: readonly Rule[] = [
  rule('CMD-01', {
    title: 'commands.list returns every scheduled command by (executeAt, commandKey)',
    clause: 11,
    needs: ['commands'],
    bugs: ['Gorkflow LibSQL TEXT order', 'workflow-core W18', 'redis#1071'],
    async check({ commands }) {
      const wanted: ScheduledCommand[] = []
      for (const executeAt of [EPOCH, 20, EPOCH, -5, EPOCH + 86_400_000, 3, 20, EPOCH, -40, 100]) {
        const command = { name: `name-${wanted.length}`, data: 'a', executeAt }
        wanted.push(wanted.length % 2 === 0 ? command : { ...command, workflowId: 'workflow-1' })
      }
      for (const command of wanted)
        equal(await commands.schedule(command), command, 'schedule returns the command')
      equal((await commands.list()).items, inOrder(wanted), 'the commands and their order')
    },
  }),

  rule('CMD-02', {
    title: 'commands.schedule of a scheduled command keeps the earlier of the two times',
    clause: 11,
    needs: ['commands'],
    bugs: ['workflow-core W10', 'workflow-core W47', 'workflow-core#1003', 'pg-boss#564'],
    async check({ commands }, trial) {
      for (const shift of [-86_400_000, -1, 0, 1, 86_400_000]) {
        const first = aCommand({ name: trial.id(), executeAt: EPOCH })
        const earlier = { ...first, executeAt: EPOCH + Math.min(0, shift) }
        await commands.schedule(first)
        const again = await commands.schedule({ ...first, executeAt: EPOCH + shift })
        equal(
          again,
          earlier,
          `schedule returns the earlier time when the second is ${shift} ms off`,
        )
        const { items } = await commands.list()
        const stored = items.filter(({ name }) => name === first.name)
        equal(stored, [earlier], `the one command when the second time is ${shift} ms off`)
      }
    },
  }),

  rule('CMD-03', {
    title: 'commands that differ in name or data are different, whatever the two hold',
    clause: 11,
    needs: ['commands'],
    bugs: ['workflow-core W45', 'moneat PR#433', 'workflow-core W15', 'pg-boss PR#898'],
    async check({ commands }) {
      const long = 'x'.repeat(20_000)
      const data = [
        '',
        ' ',
        '\0',
        'a\0',
        'a\0b',
        '\ud800',
        '\udc00',
        '\ufffd',
        '\ud800\udc00',
        '""',
      ]
      const pairs: (readonly [string, string])[] = [
        ...alikePairs,
        ...[...data, `${long}1`, `${long}2`, 'é', 'e\u0301'].map((text) => ['name', text] as const),
        ['name ', ''],
        ['Name', ''],
      ]
      const wanted = pairs.map(([name, text], index) => {
        return { name, data: text, executeAt: EPOCH + index }
      })
      for (const command of wanted) await commands.schedule(command)
      equal((await commands.list()).items, wanted, 'the commands, each with its own time')
    },
  }),

  rule('CMD-04', {
    title: 'commands.process hands out what is due at or before asOf, and nothing earlier than due',
    clause: 11,
    needs: ['commands'],
    bugs: ['workflow-core W10', 'asynq#1071', 'temporal PR#7030', 'MLOS PR#775'],
    async check({ commands }) {
      const times = [-1500, -1, 0, 1, EPOCH - 1, EPOCH, EPOCH + 1, EPOCH + 86_400_000]
      for (const executeAt of times.toReversed())
        await commands.schedule(aCommand({ name: `at-${executeAt}`, executeAt }))
      let before = -Infinity
      for (const asOf of [-1501, ...times]) {
        const handed: number[] = []
        const { processed, failures } = await commands.process({ asOf }, ({ executeAt }) =>
          handed.push(executeAt),
        )
        const due = times.filter((time) => time > before && time <= asOf)
        equal(handed, due, `the times of what is handed out as of ${asOf}`)
        equal({ processed, failures }, { processed: due.length, failures: [] }, 'the report')
        before = asOf
      }
    },
  }),

  rule('CMD-05', {
    title:
      'commands.process hands out at most limit commands, the first by (executeAt, commandKey)',
    clause: 11,
    needs: ['commands'],
    bugs: ['Gorkflow LibSQL TEXT order', 'langgraph#8656', 'workflow-core#7'],
    async check({ commands }) {
      const scheduled: ScheduledCommand[] = []
      for (const executeAt of [7, EPOCH, 20, 3, 100, 20, EPOCH - 1, 20, 3]) {
        const command = aCommand({ data: `data-${scheduled.length}`, executeAt })
        scheduled.push(await commands.schedule(command))
      }
      let left = inOrder(scheduled)
      for (const limit of [1, 2, 3, 1000]) {
        const handed: ScheduledCommand[] = []
        const query = { asOf: EPOCH + 1000, limit }
        const { processed } = await commands.process(query, (command) => handed.push(command))
        const message = `what is handed out with limit ${limit}`
        equal(handed, left.slice(0, limit), message)
        equal(processed, handed.length, `the number of commands processed with limit ${limit}`)
        left = left.slice(limit)
        const { items } = await commands.list()
        equal(inOrder(items), left, `what is left of it with limit ${limit}`)
      }
    },
  }),

  rule('CMD-06', {
    title: 'a command whose handler succeeded is forgotten, and can be scheduled again',
    clause: 11,
    needs: ['commands'],
    bugs: ['workflow-core W9', 'workflow-core#1321', 'pg-boss#522'],
    async check({ commands }) {
      const wanted = inOrder([
        aCommand({ data: '' }),
        aCommand({ data: '0', workflowId: 'workflow-1' }),
        aCommand({ data: 'workflow-1' }),
      ])
      for (const round of ['first', 'second']) {
        for (const command of wanted) await commands.schedule(command)
        const handed: ScheduledCommand[] = []
        // What a handler returns says nothing: only throwing is failing.
        const handler = async (command: ScheduledCommand): Promise<boolean> => {
          handed.push(command)
          return false
        }
        const query = { asOf: EPOCH + 1000 }
        const { processed, failures } = await commands.process(query, handler)
        equal(handed, wanted, `the commands handed out the ${round} time`)
        equal({ processed, failures }, { processed: 3, failures: [] }, `the ${round} report`)
        equal((await commands.list()).items, [], `the commands left the ${round} time`)
        await commands.process(query, handler)
        equal(handed.length, 3, `how many were handed out in all the ${round} time`)
      }
    },
  }),
]

function inOrder(scheduled: readonly ScheduledCommand[]): ScheduledCommand[] {
  const key = ({ name, data }: ScheduledCommand): string => commandKey(name, data)
  return scheduled.toSorted((a, b) => a.executeAt - b.executeAt || compareText(key(a), key(b)))
}
