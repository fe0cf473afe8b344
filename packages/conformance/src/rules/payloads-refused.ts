import { equal, ok, rejects } from '../expect.ts'
import { rule, type Rule } from '../rule.ts'
import { outsideDomain } from '../values.ts'
import { unknownMembers, wrongMembers } from './malformed.ts'
import { allPorts, portsOf } from './ports.ts'
import { isThere, samplesOf } from './samples.ts'

/** Decision 13: what is not in the value domain is refused, on every adapter alike, and nothing is stored. */
export const payloadsRefused: readonly Rule[] = [
  rule('DATA-18', {
    title: 'what is not JSON is INVALID_VALUE in every payload, and nothing is stored',
    clause: 13,
    needs: [],
    bugs: ['workflow-core #231', 'WorkflowForge: ToString', 'workflow-core #1372'],
    async check(store, trial) {
      for (const port of portsOf(store, allPorts)) {
        const id = trial.id()
        for (const { name, value } of outsideDomain) {
          await rejects(
            port.write(store, id, value as never),
            'INVALID_VALUE',
            `${name} in ${port.name}`,
          )
          trial.count('values')
        }
        equal(await port.read(store, id), null, `what the refused ${port.name} stored`)
      }
    },
  }),

  rule('DATA-19', {
    title: 'a member that no argument has is INVALID_VALUE, since it would be lost',
    clause: 13,
    needs: [],
    bugs: ['langgraphjs#2504', 'workflow-core #262'],
    async check(store, trial) {
      const id = trial.id()
      for (const [where, call] of unknownMembers(store, id)) {
        await rejects(call(), 'INVALID_VALUE', where)
        trial.count('arguments')
      }
      for (const sample of samplesOf(store, id, id)) {
        ok(
          !(await isThere(sample, store)),
          `the refused calls stored nothing in ${sample.repository}`,
        )
      }
    },
  }),

  rule('DATA-20', {
    title: 'a member of a wrong type or out of its range is INVALID_VALUE, and nothing is stored',
    clause: 13,
    needs: [],
    bugs: ['WorkflowForge: type guessing', 'langgraph#8656', 'workflow-core W14'],
    async check(store, trial) {
      const id = trial.id()
      for (const [where, call] of wrongMembers(store, id)) {
        await rejects(call(), 'INVALID_VALUE', where)
        trial.count('values')
      }
      for (const sample of samplesOf(store, id, id)) {
        ok(
          !(await isThere(sample, store)),
          `the refused calls stored nothing in ${sample.repository}`,
        )
      }
    },
  }),
]
