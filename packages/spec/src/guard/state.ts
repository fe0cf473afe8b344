import { identifier, json, record, type Field } from '../fields.ts'
import type { StateBackend, StateEntry, StateKey, StateRepository } from '../state.ts'
import type { Runner } from './run.ts'

const key = { workflowId: identifier, key: identifier }

const stateKey: Field<StateKey> = record(key)
const stateEntry: Field<StateEntry> = record({ ...key, value: json })

export function guardState(backend: StateBackend, run: Runner['run']): StateRepository {
  return {
    set: async (entry, options) =>
      run('write', options, async (call) => backend.set(stateEntry(entry, 'entry'), call)),
    get: async (wanted, options) =>
      run('read', options, async (call) => backend.get(stateKey(wanted, 'key'), call)),
    delete: async (wanted, options) =>
      run('write', options, async (call) => backend.delete(stateKey(wanted, 'key'), call)),
    getAll: async (workflowId, options) =>
      run('read', options, async (call) =>
        backend.getAll(identifier(workflowId, 'workflowId'), call),
      ),
  }
}
